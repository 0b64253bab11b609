"""A show at work: what it is broken down into, its tasks, versions, notes and deliveries."""
