"""What a producer looks at: a marimo app over the models, read-only."""
