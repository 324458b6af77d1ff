"""A parent tells school why a child is away; school records what it decides."""
