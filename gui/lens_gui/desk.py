"""`python -m lens_gui.desk URI`: reads and changes an index for the window, whose process so need not load LanceDB.

The process stays, so that nothing has to wait until LanceDB is imported; see `lens_gui.answering`.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from lens import Library
from lens.curation import Moved
from lens.errors import LensError
from lens.exchange import REVIEWED
from lens.export.preview import Preview
from lens_gui.answering import carry_out_all
from lens_gui.compare.judge import Judge
from lens_gui.label.review import Review
from lens_gui.preparing import prepare_searches
from lens_gui.tune.history import history_of
from lens_indexes import RegionState

__all__ = ["orders_of"]

REVIEWING = [
    *("queue", "step", "go_on", "look_again", "tidy"),
    *("decide", "relabel", "draw", "outline", "cut_out", "paint", "reshape", "copy_on", "undo", "redo"),
]
"""Methods of `Review`."""


def orders_of(library: Library) -> Mapping[str, Callable[..., object]]:
    """What can be ordered, by name; the arguments are an order's facts."""
    review, judge, learned = Review(library), Judge(library), library.tags.learned
    return {
        "about": library.about,
        "put": _preparing(library, "albums", library.albums.put),
        "take": _preparing(library, "albums", library.albums.take),
        "save": _preparing(library, "saved", library.saved.add),
        "gather": _preparing(library, "albums", library.albums.have),
        "plan_aside": partial(_aside, library, dry_run=True),
        "move_aside": partial(_aside, library),
        "move_back": partial(_back, library),
        **{name: getattr(review, name) for name in REVIEWING},
        "sources": judge.sources,
        "judge": judge.judge,
        "differing": judge.differing,
        "shown_sources": lambda: [source.name for source in library.reviewing.sources()],
        "preview_export": partial(_preview, library),
        "taught": learned.all,
        "note": learned.note,
        "attempt": learned.attempt,
        "teach": _preparing(library, "tags", learned.teach),
        "trainings": partial(history_of, library),
    }


def _preparing(library: Library, table: str, change: Callable[..., object]) -> Callable[..., object]:
    """A change of a table that filters go by, after which the window can search by it at once."""

    def carry_out(**facts: Any) -> object:
        answer = change(**facts)
        library.prepare_filters(table)
        return answer

    return carry_out


def _preview(library: Library, query: str, more: Sequence[str], sources: Sequence[str]) -> Preview:
    """What an export would have in it, with regions in these states beside those that people have said yes to."""
    return library.exchange.preview(query, states=[*REVIEWED, *map(RegionState, more)], sources=sources)


def _aside(library: Library, groups: Mapping[str, Sequence[str]], folder: str, **how: bool) -> Moved:
    """Move photos aside, or say what would be moved; then the window can search at once."""
    curation = library.curation
    moved = curation.move_duplicates(curation.chosen_groups(groups), folder, **how)
    if moved.moves and not how.get("dry_run"):
        prepare_searches(library.uri)
    return moved


def _back(library: Library, folder: str) -> Moved:
    moved = library.curation.undo_moves(folder)
    prepare_searches(library.uri)
    return moved


def main() -> None:
    """Carry out orders until there are no more."""

    def orders() -> Mapping[str, Callable[..., object]]:
        library = Library.open(sys.argv[1])
        with suppress(LensError):
            library.prepare_filters()  # also loads LanceDB before anybody waits for it
        return orders_of(library)

    carry_out_all(orders)


if __name__ == "__main__":
    main()
