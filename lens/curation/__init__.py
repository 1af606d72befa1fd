"""Choosing among photos: duplicates, quality, clusters, what is unusual, and what is worth labelling."""
