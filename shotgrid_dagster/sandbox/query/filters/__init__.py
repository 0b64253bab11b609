"""The two filter syntaxes of a search, as one SQL condition."""
