"""Read-only shapes of a school's session: where everybody is, what was done about those who are missing."""
