"""Both ends of a link, written and kept true."""
