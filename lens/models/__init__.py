"""Names to networks: which models there are, where their weights lie, how they are run."""

from lens.models.loading import load

__all__ = ["load"]
