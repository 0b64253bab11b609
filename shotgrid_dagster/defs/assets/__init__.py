"""The assets, one module a kind."""
