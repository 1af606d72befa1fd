"""Writes a training down while it goes on."""

import time
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from lens.errors import TuneError
from lens.tuning.runs import Run, save_run

if TYPE_CHECKING:
    from lens.selfsup.training import Step

__all__ = ["Diary"]

EVERY = 1.0  # seconds between two notes
POINTS = 200
"""Losses that are kept of a run."""


class Diary:
    """Notes how far a run is, and in the end what ended it.

    Args:
        run: as it was when it began, or was last written down.
    """

    def __init__(self, run: Run) -> None:
        self._run, self._noted, self._some = run, 0.0, list[float]()

    def __enter__(self) -> "Diary":
        save_run(self._run)
        return self

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> None:
        save_run(replace(self._run, failed=str(error)) if isinstance(error, TuneError) else self._run)

    def note(self, step: "Step") -> None:
        """One more step is done."""
        from lens.selfsup.training import least_rank

        self._some.append(step.loss)
        losses = [each for each in self._run.losses if each[0] < step.done]  # a killed run had noted more than it kept
        if step.done % max(1, step.total // POINTS) == 0:
            losses.append((step.done, sum(self._some) / len(self._some)))
            self._some.clear()
        self._run = replace(
            self._run,
            done=step.done,
            total=step.total,
            losses=tuple(losses),
            curve=tuple(step.curve),
            least_rank=least_rank(step.curve),
        )
        if time.monotonic() - self._noted > EVERY:
            self._noted = time.monotonic()
            save_run(self._run)

    def finish(self) -> None:
        """All steps are done, of a training that is not told step by step."""
        self._run = replace(self._run, done=self._run.total)

    def end(self, curve: Sequence[dict[str, float]]) -> None:
        """The last epoch has been measured too."""
        self._run = replace(self._run, curve=tuple(curve))
