"""Rules of subject access and of keeping."""
