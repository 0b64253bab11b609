"""From what was read to the tables of the destination."""
