"""How much a run may remove from the index unasked."""

import os
from collections import Counter
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from lens.indexing.ledger import Ledger
from lens.indexing.report import Loss
from lens_indexes.remote import is_remote

MOST = 0.1  # of a root's photos; a drive that fails and a folder that was moved away look like this


class Prune(Enum):
    """Which rows of photos that are gone a run removes."""

    NONE = "none"
    FEW = "few"
    """None of them if that is more than a tenth of a root, or all that was in a folder that is there and empty."""
    ALL = "all"


def settle(prune: Prune, ledger: Ledger) -> tuple[bool, list[Loss]]:
    """Whether photos that are gone are removed, and the losses that stand against it."""
    losses = _great_losses(ledger) if prune is Prune.FEW else []
    return prune is not Prune.NONE and not losses, losses


def _great_losses(ledger: Ledger) -> list[Loss]:
    """The roots that would lose more than a tenth of their photos; and else folders that lost them all."""
    held = ledger.held()
    roots = [
        Loss(ledger.roots[root].folder, count, held[root])
        for root, count in sorted(ledger.lost().items())
        if count > MOST * held[root]
    ]
    return roots or [Loss(folder, count, count) for folder, count in sorted(_emptied(ledger).items())]


def _emptied(ledger: Ledger) -> Counter[Path]:
    """How many photos are gone from folders that are there with nothing in them, as where a drive is mounted."""
    folders = Counter(ledger.roots[photo.root].absolute(photo.path).parent for photo in ledger.gone())
    emptied: Counter[Path] = Counter()
    for folder, count in folders.items():
        if is_remote(folder):  # a folder of a store is not there without anything in it
            continue
        there = _still_there(folder)
        if _is_empty(there):
            emptied[there] += count
    return emptied


def _still_there(folder: Path) -> Path:
    return folder if folder.is_dir() else _still_there(folder.parent)


def _is_empty(folder: Path) -> bool:
    try:
        with os.scandir(folder) as listing:
            return next(listing, None) is None
    except OSError:  # nothing can be said of it
        return True


def refusal(losses: Sequence[Loss]) -> str:
    """Why a run removed nothing, for the user."""
    told = "; ".join(map(str, losses))
    return (
        f"{told} are gone, more than a tenth: they are hidden from search and were not removed. "
        "Is a drive not mounted, or a folder moved? If they are gone for good, run the same with --yes."
    )
