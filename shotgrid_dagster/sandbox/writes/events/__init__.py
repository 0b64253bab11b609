"""The event log of a site that is running, and the ids of its entries."""
