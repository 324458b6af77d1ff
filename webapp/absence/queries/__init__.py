"""Read-only shapes of absence reports, for pages and for the services."""
