"""What is known of people, drawn together: subject access, and how long it is kept."""
