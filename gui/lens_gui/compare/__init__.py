"""Comparing two sources of labels."""
