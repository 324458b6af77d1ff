"""Rules of insight: what readers of the trail are told, what a parent was shown, subject access and keeping."""
