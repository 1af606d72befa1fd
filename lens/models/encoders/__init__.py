"""Encoders: photos and words to vectors in one space."""
