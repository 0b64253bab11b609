"""What changed on the site, without loading it: what the sensor asks."""
