"""How much a run may remove from the index unasked."""

from collections.abc import Sequence
from enum import Enum

from lens.indexing.ledger import Ledger
from lens.indexing.report import Loss

MOST = 0.1  # of a root's photos; a drive that fails and a folder that was moved away look like this


class Prune(Enum):
    """Which rows of photos that are gone a run removes."""

    NONE = "none"
    FEW = "few"
    """None of them if that is more than a tenth of a root."""
    ALL = "all"


def settle(prune: Prune, ledger: Ledger) -> tuple[bool, list[Loss]]:
    """Whether photos that are gone are removed, and the losses that stand against it."""
    losses = _great_losses(ledger) if prune is Prune.FEW else []
    return prune is not Prune.NONE and not losses, losses


def _great_losses(ledger: Ledger) -> list[Loss]:
    """The roots that would lose more than a tenth of their photos."""
    held = ledger.held()
    return [
        Loss(ledger.roots[root].folder, count, held[root])
        for root, count in sorted(ledger.lost().items())
        if count > MOST * held[root]
    ]


def refusal(losses: Sequence[Loss]) -> str:
    """Why a run removed nothing, for the user."""
    told = "; ".join(map(str, losses))
    return (
        f"{told} are gone, more than a tenth: they are hidden from search and were not removed. "
        "Is a drive not mounted, or a folder moved? If they are gone for good, run the same with --yes."
    )
