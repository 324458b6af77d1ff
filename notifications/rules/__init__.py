"""The rules of the post room, as pure values: what is said by which way, what comes back, and what it means."""
