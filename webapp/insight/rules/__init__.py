"""Rules of insight: what readers of the trail are told, and how what a parent was shown is kept."""
