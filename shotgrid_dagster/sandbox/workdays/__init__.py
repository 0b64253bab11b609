"""The studio goes on working: what a day adds to a site, changes on it and takes away."""
