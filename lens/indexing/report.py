"""What an index run says while it works and when it is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """How far a run is; `total` is None while folders are still being scanned."""

    done: int
    total: int | None
    skipped: int
    found: str = ""
    """What came of it so far, in words."""


Report = Callable[[Progress], None]


def nothing_to_tell(progress: Progress) -> None:
    """Take a report and say nothing."""


@dataclass(frozen=True)
class Loss:
    """A root of which more than a tenth of the photos are gone, or a folder in it of which all are."""

    folder: Path
    gone: int
    photos: int
    """That the index has of it, those that are gone included."""

    def __str__(self) -> str:
        return f"{self.gone:,} of the {self.photos:,} photos of {self.folder}"


@dataclass(frozen=True)
class IndexReport:
    """What a run did, or with `dry_run` would do. All counts are photos."""

    index: str
    encoders: list[str]
    dry_run: bool
    added: int = 0
    """New in the index. In a dry run this counts every file that would be read, changed and moved ones included."""
    changed: int = 0
    """Their file changed; encoded again under the same id."""
    moved: int = 0
    """Found elsewhere, renamed, or only touched; not encoded again."""
    filled: int = 0
    """Already in the index, and now encoded by this encoder too."""
    unchanged: int = 0
    skipped: int = 0
    """Could not be read, in this run or an earlier one that needed no second try."""
    missing: int = 0
    """Their file is gone; hidden from search, everything known of them kept."""
    pruned: int = 0
    """Rows of missing photos that were removed."""
    losses: list[Loss] = field(default_factory=list)
    """What was to be pruned and is so much that it is only hidden."""
    vanished: int = 0
    """Gone between the scan and the reading; what the index knew of them is hidden and kept."""
    seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds by stage. Those of `decode`, `prepare` and `thumbnail` are the sum over threads that run side by side."""
