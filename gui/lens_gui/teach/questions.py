"""The photos that are asked about, and below them the examples that were given."""

from collections.abc import Callable, Iterator
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from lens.search.match import Match
from lens.tagging import Attempt, Candidate
from lens_gui.pictures import Pictures
from lens_gui.search.layout import Section
from lens_gui.search.results import Answer, Results, Role

__all__ = ["Questions"]


class Questions(Results):
    """Photos with how likely each shows the thing, and what was said of it.

    Args:
        pictures: of the photos.
        said: of a photo, by its id, whether it shows the thing; None if nobody said.
    """

    def __init__(self, pictures: Pictures, said: Callable[[str], bool | None], parent: QObject | None = None) -> None:
        super().__init__(pictures, lambda _: False, parent)
        self._said = said
        self.asked = 0
        """How many photos are asked about: the first ones."""

    def ask(self, attempt: Attempt) -> None:
        """Show what is asked next, and the examples."""
        self.asked = len(attempt.asked)
        heading = "Least sure" if attempt.lesson else "Nearest to the words"
        sections = [
            Section(heading, len(attempt.asked)),
            Section("Yes", len(attempt.yes)),
            Section("No", len(attempt.no)),
        ]
        every = [*attempt.asked, *attempt.yes, *attempt.no]
        self.show(Answer([_match(rank, each) for rank, each in enumerate(every, 1)], sections, ""))

    def open_rows(self) -> Iterator[int]:
        """The rows that are asked about and have no answer."""
        return (row for row in range(self.asked) if self._said(self.photo(row).id) is None)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of a photo."""
        if not index.isValid() or role not in (Role.SAID, Role.NUMBER, Qt.ItemDataRole.AccessibleTextRole):
            return super().data(index, role)
        match = self.photo(index.row())
        said, number = self._said(match.id), "" if match.probability is None else f"{match.probability:.0%}"
        if role == Role.SAID:
            return said
        if role == Role.NUMBER:
            return number
        return ", ".join(filter(None, [match.path.name, number, ANSWERS[said]]))


ANSWERS = {True: "yes", False: "no", None: ""}


def _match(rank: int, photo: Candidate) -> Match:
    return Match(rank, photo.path, photo.likelihood or 0.0, photo.id, photo.content_hash, probability=photo.likelihood)
