"""The site's database, its entity types and how they are spelt."""
