"""The window: the other face of the library. Its screens are not built yet; the package keeps their place."""
