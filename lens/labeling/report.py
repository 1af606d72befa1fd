"""What a labelling has done, or would do."""

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Failed", "LabelReport"]


@dataclass(frozen=True)
class Failed:
    """A photo that could not be labelled."""

    path: Path
    reason: str


@dataclass(frozen=True)
class LabelReport:
    """What a labelling did, or with `dry_run` would do."""

    source: str
    """Where its regions are kept."""
    model: str
    """What found them, and what cut them out."""
    prompts: str
    dry_run: bool
    photos: int
    """That were asked about."""
    already: int
    """Of these, looked through before by the same models and for the same phrases; passed over."""
    labelled: int = 0
    """Looked through now. In a dry run: how many would be."""
    regions: int = 0
    """Found and stored now."""
    held: int = 0
    """Found, and left out since a region of the category was there already."""
    categories: dict[str, int] = field(default_factory=dict)
    """How many regions of each category were stored now, also those of which there are none."""
    failed: list[Failed] = field(default_factory=list)
    """In the order in which they came; the next run tries them again."""
    seconds: float = 0.0
    """In a dry run: how long it would take, by the time of a few photos."""
