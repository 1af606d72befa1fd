"""The trainings of an index, in a table."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon

from lens.tuning.runs import Run, RunState
from lens_gui.icons import icon
from lens_gui.table import Column, Rows

__all__ = ["run_rows", "state"]

SYMBOLS = {
    RunState.RUNNING: "progress-clock",
    RunState.INTERRUPTED: "pause-circle-outline",
    RunState.ENDED: "check-circle-outline",
    RunState.FAILED: "alert-circle-outline",
    RunState.REMOVED: "delete-outline",
}


def run_rows(use_of: Callable[[Run], str], parent: QObject) -> Rows[Run]:
    """An empty table of runs.

    Args:
        use_of: whether searches use what came of a run, in words.
        parent: of the table's model.
    """
    return Rows[Run](
        [
            Column("Encoder", lambda run: run.name, icon=_symbol),
            Column("Method", lambda run: run.method),
            Column("Made of", lambda run: f"{run.backbone}, {run.trained}"),
            Column("Photos", lambda run: f"{run.photos:,}", right=True),
            Column("State", state, tip=lambda run: run.failed, wide=True),
            Column("Check", _check),
            Column("Searches", use_of),
        ],
        parent,
    )


def state(run: Run) -> str:
    """How it stands with a run, in words."""
    far = f"{run.done / run.total:.0%}" if run.total else "the beginning"
    return {
        RunState.RUNNING: f"Training, {far}",
        RunState.INTERRUPTED: f"Interrupted at {far}",
        RunState.ENDED: "Ended",
        RunState.FAILED: f"Failed at {far}",
        RunState.REMOVED: "Removed from this machine",
    }[run.state]


def _check(run: Run) -> str:
    if run.judged is None:
        return "–"
    return "Better" if run.judged.better else "Not better"


def _symbol(run: Run) -> QIcon:
    return icon(SYMBOLS[run.state])
