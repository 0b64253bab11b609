"""The settings of a project: one module a section of `.dlt/config.toml`."""
