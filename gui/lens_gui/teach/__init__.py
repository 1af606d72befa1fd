"""Teaching tags by yes and no."""
