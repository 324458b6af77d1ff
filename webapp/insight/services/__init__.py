"""Use cases of insight: noting what was seen and shown."""
