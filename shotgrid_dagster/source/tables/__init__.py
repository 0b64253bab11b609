"""From a field to columns, and from a page of JSON to an Arrow table. Pure."""
