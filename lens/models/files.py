"""The files of a model on this machine."""

from dataclasses import dataclass
from pathlib import Path

from lens.models.catalog import Model


@dataclass(frozen=True)
class ModelFiles:
    """Where the files of one model lie."""

    name: str
    """What the user typed for it, and what its encoder is called."""
    model: Model
    folder: Path | None
    """Holds the files as a snapshot from the hub does; None for a model that comes with Lens."""
    revision: str
    """The commit on the hub where it is known, else a fingerprint of the content."""
