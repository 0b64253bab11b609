"""Values as they are sent in a write: checked as the site checks them, then as they are stored."""
