"""First-day contact: every child who is due is found, explained, or somebody's next step."""
