"""Putting a collection in order."""
