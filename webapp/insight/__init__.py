"""What is read over many capabilities: who did and saw what, what each parent was shown, subject access, and how long
records are kept."""
