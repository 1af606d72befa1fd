"""One region that waits for somebody to look at it."""

from dataclasses import dataclass
from pathlib import Path

from lens_indexes import RegionRow

__all__ = ["Proposal"]


@dataclass(frozen=True)
class Proposal:
    """One region that waits for somebody to look at it."""

    region: RegionRow
    path: Path
    """Of its photo."""
    disputed: bool
    """Whether another source has looked at that photo and has nothing of the same category there."""
