"""Faults that the sandbox site injects when it is told to."""
