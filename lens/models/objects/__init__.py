"""The main object of a photo, found without words."""
