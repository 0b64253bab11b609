"""One call of the API: what a client asks of the site, and what it is answered."""
