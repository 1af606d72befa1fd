"""What people say of regions, and how two sources of them compare."""
