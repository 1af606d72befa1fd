"""What people have changed about regions, kept so that all of it can be undone and done again.

An edit is written down before it is carried out, and marked once it is: one that was killed half-way is finished by
`settle`, which every other method calls first. Only ids of ours ever become SQL.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from lens_indexes.extras import EXTRAS, Extra
from lens_indexes.failures import told_clearly

if TYPE_CHECKING:
    from lens_indexes.regions import Regions

__all__ = ["Change", "Edit", "EditState", "History"]

Facts = Mapping[str, Any]
"""Columns of a region with their values: some of them, or all."""


class EditState(StrEnum):
    """How far an edit has come; the first of each pair only for as long as it takes."""

    DOING = "doing"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True)
class Change:
    """What becomes of one region."""

    region: str
    photo: str
    before: Facts | None
    """What was there; None of a region that is new."""
    after: Facts | None
    """The same columns as they are then; None of a region that is removed."""


@dataclass(frozen=True)
class Edit:
    """What was done in one go."""

    id: str
    number: int
    """1 for the first."""
    at: datetime
    """UTC."""
    what: str
    """In the user's words, such as `accepted`."""
    regions: int
    """How many it changed."""
    state: EditState


class History:
    """The edits of all regions.

    Args:
        uri: of the index.
        database: as LanceDB has it.
        regions: what is edited.
    """

    def __init__(self, uri: str, database: Any, regions: Regions) -> None:
        self._edits, self._changes, self._regions = _Edits(uri, database), _Changes(uri, database), regions

    def all(self) -> list[Edit]:
        """Every edit, the oldest first."""
        return self._edits.all()

    def carry_out(self, what: str, changes: Sequence[Change]) -> None:
        """Change regions in one go; what had been undone before can then no longer be done again."""
        if not changes:
            return
        kept = self._drop_undone(self.settle())
        edit = Edit(uuid.uuid4().hex, len(kept) + 1, datetime.now(UTC), what, len(changes), EditState.DOING)
        self._changes.add(edit.id, changes)
        self._edits.add(edit)
        self._finish(edit)

    def undo(self) -> Edit | None:
        """Take back the last edit that is not undone: which; None if there is none."""
        done = [edit for edit in self.settle() if edit.state == EditState.DONE]
        return self._turn(done[-1], EditState.UNDOING) if done else None

    def redo(self) -> Edit | None:
        """Do again the first edit that was undone: which; None if there is none."""
        undone = [edit for edit in self.settle() if edit.state == EditState.UNDONE]
        return self._turn(undone[0], EditState.DOING) if undone else None

    def changes_of(self, edit: Edit) -> list[Change]:
        """What an edit did to each of its regions."""
        return self._changes.of(edit.id)

    def settle(self) -> list[Edit]:
        """Finish an edit that was begun and not finished: every edit, the oldest first."""
        edits = self.all()
        unfinished = [edit for edit in edits if edit.state in {EditState.DOING, EditState.UNDOING}]
        for edit in unfinished:
            self._finish(edit)
        return self.all() if unfinished else edits

    def join_fragments(self, worth: int) -> None:
        """Join the small files that edits leave in each table, where there are as many; nobody should wait for it."""
        for extra in (self._edits, self._changes, self._regions):
            extra.join_fragments(worth)

    def forget(self, photos: Collection[str]) -> None:
        """Drop what is known of the regions of photos, which then stays as it is whatever is undone."""
        self._changes.forget(photos)

    def tables(self) -> list[Any]:
        """As LanceDB has them; those that are not there are left out."""
        return [table for table in (self._edits.table(), self._changes.table()) if table is not None]

    def _turn(self, edit: Edit, state: EditState) -> Edit:
        self._edits.set_state(edit, state)
        self._finish(Edit(**vars(edit) | {"state": state}))
        return edit

    def _finish(self, edit: Edit) -> None:
        doing = edit.state == EditState.DOING
        changes = self._changes.of(edit.id)
        targets = {each.region: each.after if doing else each.before for each in changes}
        origins = {each.region: each.before if doing else each.after for each in changes}
        self._regions.delete([id_ for id_, target in targets.items() if target is None])
        self._regions.restore([t for id_, t in targets.items() if t is not None and origins[id_] is None])
        self._regions.patch({id_: t for id_, t in targets.items() if t is not None and origins[id_] is not None})
        self._edits.set_state(edit, EditState.DONE if doing else EditState.UNDONE)

    def _drop_undone(self, edits: Sequence[Edit]) -> list[Edit]:
        """Forget the edits that were undone: those that are left."""
        undone = [edit.id for edit in edits if edit.state == EditState.UNDONE]
        self._edits.delete_where("id", undone)
        self._changes.delete_where("edit", undone)
        return [edit for edit in edits if edit.state != EditState.UNDONE]


class _Edits(Extra):
    name = "edits"

    def all(self) -> list[Edit]:
        rows = self.rows().sort_by("number").to_pylist()
        return [Edit(**row | {"state": EditState(row["state"])}) for row in rows]

    def add(self, edit: Edit) -> None:
        import pyarrow as pa

        self._insert(pa.Table.from_pylist([vars(edit)], EXTRAS[self.name]()))

    def set_state(self, edit: Edit, state: EditState) -> None:
        import pyarrow as pa

        rows = pa.Table.from_pylist([vars(edit) | {"state": str(state)}], EXTRAS[self.name]())
        self.merge(rows)


class _Changes(Extra):
    name = "edited"

    def of(self, edit: str) -> list[Change]:
        table = self.table()
        if table is None:
            return []
        with told_clearly(self._uri):
            rows = table.search().where(f"edit = '{edit}'").to_arrow().to_pylist()
        return [Change(row["region"], row["photo"], _read(row["before"]), _read(row["after"])) for row in rows]

    def add(self, edit: str, changes: Sequence[Change]) -> None:
        import pyarrow as pa

        rows = [
            {
                "edit": edit,
                "region": each.region,
                "photo": each.photo,
                "before": _written(each.before),
                "after": _written(each.after),
            }
            for each in changes
        ]
        self._insert(pa.Table.from_pylist(rows, EXTRAS[self.name]()))

    def forget(self, ids: Collection[str]) -> None:
        self.delete_where("photo", ids)


def _written(facts: Facts | None) -> str | None:
    return None if facts is None else json.dumps(dict(facts), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    raise TypeError(f"{type(value).__name__} is no fact of a region")


def _read(text: str | None) -> Facts | None:
    facts: Facts | None = None if text is None else json.loads(text, object_hook=_fact)
    return facts


def _fact(value: dict[str, Any]) -> Any:
    match value:
        case {"bytes": data}:
            return base64.b64decode(data)
        case {"moment": moment}:
            return datetime.fromisoformat(moment)
    return value
