"""Encoders that learn from the photos of the index."""
