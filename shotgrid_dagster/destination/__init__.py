"""Where the tables are: one dlt destination, what it can do, and the right to write to it."""
