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
    """Cosine of query and photo, -1 to 1, larger is closer. Comparable within one query and encoder only."""
    id: str
    content_hash: str
    """Of the file as it was indexed."""
