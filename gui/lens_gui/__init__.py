"""The window: the other face of the library."""
