"""Which rows to ask the site for: whole, by window, by the event log, or ids alone."""
