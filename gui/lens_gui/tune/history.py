"""The trainings of an index as the desk knows them."""

from dataclasses import dataclass

from lens import Library
from lens.tuning.runs import Run, all_runs
from lens_indexes import Index

__all__ = ["History", "history_of"]


@dataclass(frozen=True)
class History:
    """What was trained, and what searches use."""

    runs: tuple[Run, ...]
    """The latest first."""
    photos: int
    """In the index."""
    default: str
    """The encoder that searches use."""
    before: str | None
    """The one that they used before; None if there is none to go back to."""

    def use_of(self, run: Run) -> str:
        """Whether searches use what came of a run, in a word or none."""
        if run.name == self.default:
            return "In use"
        return "In use before" if run.name == self.before else ""


def history_of(library: Library) -> History:
    """What was trained on the photos of a library.

    Raises:
        IndexMissing: it has no index yet.
    """
    photos = Index.open(library.uri).photos
    default, before = str(photos.default()), photos.previous()
    return History(tuple(all_runs(library.uri)), photos.count(missing=False), default, before)
