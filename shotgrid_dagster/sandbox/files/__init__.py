"""Files of the site: their signed addresses, what is stored there, and what is uploaded."""
