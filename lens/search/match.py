"""One found photo."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Match:
    """A photo that answers a query."""

    rank: int
    """1 is the best."""
    path: Path
    """Absolute."""
    score: float
    """Larger is closer. Comparable within one query and encoder only.

    The cosine of query and photo, -1 to 1; with AND, OR or NOT between words or photos, standard deviations above the
    mean of all photos; 1 where there are only filters, which a photo meets or does not.
    """
    id: str
    content_hash: str
    """Of the file as it was indexed."""
