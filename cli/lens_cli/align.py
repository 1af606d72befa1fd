"""`lens align`: placeholder until it is written."""
def align() -> None:
    """Train the heads."""
