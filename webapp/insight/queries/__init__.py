"""What the pages of subject access and of keeping show."""
