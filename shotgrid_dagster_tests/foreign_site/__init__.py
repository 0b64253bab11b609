"""A site that shares no code with the sandbox, with all that no site should serve."""
