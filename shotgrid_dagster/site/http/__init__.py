"""Requests to a site: addresses, tokens, retries, and what refusals mean."""
