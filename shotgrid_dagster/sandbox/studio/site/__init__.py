"""What stands around the shows: people, projects, statuses, steps, calendar, pages."""
