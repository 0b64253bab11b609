"""Tables of ours beside the entity types: the catalog, the dataset's site, the site's settings."""
