"""The readers' copy of what is loaded and built."""
