"""Names to networks: which models there are, where their weights lie, how they are run."""
