"""Moving photos aside, and back: nothing is deleted, nothing is overwritten, and each move is written down first."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from lens.curation.collection import CuratedPhoto
from lens.curation.duplicates import DuplicateGroup
from lens.errors import FolderError
from lens_indexes import Index
from lens_indexes.remote import is_remote
from lens_indexes.roots import innermost

__all__ = ["LOG", "Move", "Moved", "carry_out", "plan_moves", "undo"]

LOG = "lens-moves.jsonl"
SIDECARS = (".xmp", ".XMP")


@dataclass(frozen=True)
class Move:
    """A photo to be moved, with what lies beside it."""

    id: str
    source: Path
    target: Path
    kept: Path
    """The photo it is a duplicate of."""


@dataclass(frozen=True)
class TakenOver:
    """What the index knew of a photo before it took over from its duplicates."""

    id: str
    rating: int | None
    keywords: tuple[str, ...]
    lat: float | None
    lon: float | None
    place: str | None


@dataclass(frozen=True)
class Moved:
    """What was moved, or in a dry run would be."""

    moves: list[Move]
    refused: list[tuple[Path, str]]
    """What stays where it is, and why."""


def plan_moves(index: Index, groups: Sequence[DuplicateGroup], folder: Path) -> Moved:
    """Where the duplicates that are not kept would go: below `folder`, as they lay below their roots.

    A photo stays if it changed since it was indexed, if the one that is kept is not there, or on another drive.

    Raises:
        FolderError: `folder` is a file, or cannot be looked into.
    """
    if folder.exists() and not folder.is_dir():
        raise FolderError(f"{folder} is a file: name a folder to move photos to.")
    roots = index.roots.all()
    moves: list[Move] = []
    refused: list[tuple[Path, str]] = []
    for group in groups:
        for duplicate in group.others:
            source = duplicate.photo.path
            if source.is_relative_to(folder):
                continue  # was moved before
            held = innermost(roots, source)
            below = Path(held[0].name, held[1]) if held else Path(source.name)
            move = Move(duplicate.photo.id, source, folder / below, group.kept.path)
            on_store = "it is on a store, where Lens moves nothing" if is_remote(source) else None
            reason = on_store or _obstacle(duplicate.photo, group.kept, move)
            if reason:
                refused.append((source, reason))
            else:
                moves.append(move)
    return Moved(moves, refused)


def carry_out(index: Index, planned: Moved, folder: Path, groups: Sequence[DuplicateGroup] = ()) -> Moved:
    """Move the photos; each move is written to the log in `folder` before it is made.

    The index follows: a photo moved to a place below a root keeps its row there, any other is hidden until its new
    place is indexed, where it is known again by its content.

    Args:
        index: that the photos are in.
        planned: of `plan_moves`.
        folder: where they go.
        groups: whose kept photo takes over, in the index, what it lacks of the moved ones: tags, rating, place.
    """
    done: list[Move] = []
    refused = list(planned.refused)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        opened = (folder / LOG).open("a", encoding="utf-8")
    except OSError as error:
        raise FolderError(f"Nothing was moved: {folder} cannot be written to ({error.strerror}).") from error
    with index.writing(), opened as log:
        for move in planned.moves:
            try:
                move.target.parent.mkdir(parents=True, exist_ok=True)
                _write_down(log, move)
                _rename(move.source, move.target)
            except OSError as error:
                refused.append((move.source, (error.strerror or str(error)).lower()))
            else:
                done.append(move)
        moved = {move.id for move in done}
        for group in groups:
            before, after = _taken_over(group.kept, [each.photo for each in group.others if each.photo.id in moved])
            if before != after:
                _write_down(log, before)
                _set(index, after)
        _follow(index, [(move.id, move.target) for move in done])
    return Moved(done, refused)


def undo(index: Index, place: Path) -> Moved:
    """Move back what a log says was moved, and take back what was taken over; what is back leaves the log.

    Args:
        index: that the photos are in.
        place: the folder that photos were moved to, or the log in it.

    Raises:
        FolderError: there is no log.
    """
    log = place / LOG if place.is_dir() else place
    try:
        logged = [_read(line) for line in log.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise FolderError(f"Nothing can be moved back: {log} is no log of moves ({error}).") from error
    back: list[Move] = []
    left: list[tuple[Move, str]] = []
    with index.writing():
        for entry in reversed(logged):
            if isinstance(entry, TakenOver):
                _set(index, entry)
            elif entry.target.exists():
                try:
                    entry.source.parent.mkdir(parents=True, exist_ok=True)
                    _rename(entry.target, entry.source)
                except OSError as error:
                    left.append((entry, (error.strerror or str(error)).lower()))
                else:
                    back.append(entry)
            elif not entry.source.exists():
                left.append((entry, "is no longer where it was moved to"))
        _follow(index, [(move.id, move.source) for move in back])
    new = log.with_suffix(".part")
    with new.open("w", encoding="utf-8") as rest:
        for move, _ in reversed(left):
            _write_down(rest, move)
    new.replace(log)
    return Moved(back, [(move.target, reason) for move, reason in left])


def _write_down(log: TextIO, entry: Move | TakenOver) -> None:
    """Add a line to a log, and see it onto the disk."""
    log.write(json.dumps(asdict(entry), default=str) + "\n")
    log.flush()
    os.fsync(log.fileno())


def _read(line: str) -> Move | TakenOver:
    """A line of a log."""
    held = json.loads(line)
    if "source" not in held:
        return TakenOver(**held | {"keywords": tuple(held["keywords"])})
    return Move(held["id"], *(Path(held[name]) for name in ("source", "target", "kept")))


def _taken_over(kept: CuratedPhoto, others: Sequence[CuratedPhoto]) -> tuple[TakenOver, TakenOver]:
    """What is known of a photo, and what would be with that of others: all tags, the most stars, the first place."""
    own = TakenOver(kept.id, kept.rating, kept.keywords, kept.lat, kept.lon, kept.place)
    keywords = tuple(dict.fromkeys([*kept.keywords, *(word for other in others for word in other.keywords)]))
    rating = max((photo.rating for photo in (kept, *others) if photo.rating is not None), default=None)
    placed = next((photo for photo in (kept, *others) if photo.lat is not None), kept)
    return own, TakenOver(kept.id, rating, keywords, placed.lat, placed.lon, placed.place)


def _set(index: Index, known: TakenOver) -> None:
    values = asdict(known) | {"keywords": list(known.keywords)}
    index.photos.change({name: [value] for name, value in values.items()})


def _obstacle(photo: CuratedPhoto, kept: CuratedPhoto, move: Move) -> str | None:
    """Why a photo may not be moved; None if it may."""
    for each, name in ((photo, "it"), (kept, f"the photo to keep, {kept.path},")):
        try:
            status = each.path.stat()
        except OSError:
            return f"{name} is not there"
        if (status.st_size, status.st_mtime_ns) != (each.size, each.mtime_ns):
            return f"{name} has changed since it was indexed"
    if photo.path.samefile(kept.path):
        return "it is the same file as the photo to keep"
    if move.target.exists():
        return f"there is a file at {move.target}"
    above = next(folder for folder in move.target.parents if folder.exists())
    if above.stat().st_dev != photo.path.stat().st_dev:
        return f"{above} is on another drive"
    return None


def _rename(source: Path, target: Path) -> None:
    """Give a photo, and the side-cars that are its alone, another place.

    Raises:
        FileExistsError: there is something at the new place.
        OSError: it cannot be done.
    """
    if target.exists():
        raise FileExistsError(17, f"there is a file at {target}")
    alone = not any(
        other.stem == source.stem and other != source and other.suffix not in SIDECARS
        for other in source.parent.iterdir()
    )
    stems = (source.name, source.stem) if alone else (source.name,)
    cars = [(source.with_name(stem + suffix), suffix) for stem in stems for suffix in SIDECARS]
    source.rename(target)
    for car, _ in cars:
        if car.is_file() and not (beside := target.with_name(car.name)).exists():
            car.rename(beside)


def _follow(index: Index, places: Sequence[tuple[str, Path]]) -> None:
    """Let the index know where photos now are."""
    roots = index.roots.all()
    here: list[tuple[str, str, str]] = []
    away: list[str] = []
    for id_, path in places:
        held = innermost(roots, path)
        if held:
            here.append((id_, held[0].name, held[1]))
        else:
            away.append(id_)
    index.photos.change(
        {
            "id": [id_ for id_, _, _ in here],
            "root": [root for _, root, _ in here],
            "path": [path for _, _, path in here],
            "missing": [False] * len(here),
        }
    )
    index.photos.mark_missing(away)
