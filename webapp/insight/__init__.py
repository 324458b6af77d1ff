"""What is read over many capabilities: who did and saw what, and what each parent was shown."""
