"""Who: organisations, schools, calendars, settings, pupils, enrolments, contacts, rights, staff, tasks."""
