"""Files onto rows of a site."""
