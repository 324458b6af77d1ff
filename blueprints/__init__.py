"""The doors: one folder an audience, one file a capability."""
