"""What families and staff do with absence reports."""
