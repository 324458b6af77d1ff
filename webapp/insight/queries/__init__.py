"""Read-only shapes over many capabilities."""
