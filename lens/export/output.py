"""Where an export goes: whole or not at all, and never over what no export made.

It is made under another name beside its place and renamed when it is whole. What was killed half-way leaves
`.NAME.….lens-part` behind, which nothing takes for an export.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lens.errors import ExportError

__all__ = ["NOTE", "check_place", "sealed", "whole_or_nothing"]

NOTE = "lens-export.json"
"""In the folder of an export: that it is one, and which files are in it."""
PART = ".lens-part"


def check_place(target: Path, *, folder: bool, force: bool) -> None:
    """Make sure that an export may go there.

    Args:
        target: absolute.
        folder: whether it is to be a folder.
        force: whether it may take the place of an earlier one.

    Raises:
        ExportError: it may not.
    """
    if not os.path.lexists(target):
        return
    if not force:
        raise ExportError(f"There is something at {target} already: name another place, or replace it with --force.")
    if target.is_symlink() or target.is_dir() != folder:
        raise ExportError(f"{target} is no {'folder' if folder else 'file'} that an export made: name another place.")
    if folder:
        try:
            digest = json.loads((target / NOTE).read_bytes())["files"]
        except (OSError, ValueError, TypeError, KeyError):
            raise ExportError(
                f"{target} was not made by an export: name another place, or remove it yourself."
            ) from None
        if digest != _digest(target):
            raise ExportError(f"{target} has lost or gained files since it was exported: remove it yourself.")


@contextmanager
def whole_or_nothing(target: Path, *, folder: bool) -> Iterator[Path]:
    """A file or folder to be written, which gets the name `target` at the end, unless something was raised.

    Raises:
        ExportError: there is no room, or no leave to write there.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{target.name[:80]}.", suffix=PART, dir=target.parent))
        try:
            made = place / "made"
            if folder:
                made.mkdir()
            yield made
            _put(made, target, place / "old")
        finally:
            shutil.rmtree(place, ignore_errors=True)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error.strerror or error}.") from error


def sealed(folder: Path, facts: dict[str, object]) -> None:
    """Leave the note in a finished folder."""
    note = facts | {"files": _digest(folder)}
    (folder / NOTE).write_text(json.dumps(note, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _put(made: Path, target: Path, old: Path) -> None:
    """Rename; a folder that is in the way is renamed first, and brought back if that is all that could be done."""
    if not target.is_dir():
        made.replace(target)
        return
    target.rename(old)
    try:
        made.rename(target)
    except BaseException:
        old.rename(target)
        raise


def _digest(folder: Path) -> str:
    """Of the names of all files below a folder, but for the note, and what Ultralytics leaves beside labels."""
    names = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir())
    told = "\0".join(name for name in names if name != NOTE and not name.endswith(".cache"))
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
