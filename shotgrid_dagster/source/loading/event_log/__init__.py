"""The event log: its load, months of it that are read again, and the history that it tells."""
