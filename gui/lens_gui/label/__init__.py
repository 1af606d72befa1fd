"""The screen on which proposed regions are looked through."""
