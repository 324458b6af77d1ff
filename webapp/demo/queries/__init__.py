"""What the demo's pages read."""
