"""Heads that bring photos and their captions together while both towers stay frozen (arXiv:2111.07991)."""
