"""The load packages of dlt: what is in one, and what dlt has to know of it."""
