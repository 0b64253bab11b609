"""The operations of the API that read."""
