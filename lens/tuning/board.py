"""The curves of a training in TensorBoard's files, as they come."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.errors import TuneError

if TYPE_CHECKING:
    from lens.selfsup.training import Step

__all__ = ["Board"]


class Board:
    """Writes what a run tells of itself; one that goes on after it was killed goes on there too.

    Args:
        folder: of this run; `tensorboard --logdir` of the one above it compares several.

    Raises:
        TuneError: TensorBoard is not installed, or the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        if find_spec("tensorboard") is None:
            raise TuneError('--tensorboard needs one more package: pip install "lens-photos[tensorboard]"')
        self._folder, self._told = folder, 0
        self._writer: Any = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TuneError(f"{folder} cannot be written: {error.strerror}.") from error

    def step(self, step: "Step") -> None:
        """Loss and speed of a step, and what was measured at the end of an epoch before it."""
        from torch.utils.tensorboard import SummaryWriter

        if self._writer is None:  # what a killed run wrote after its checkpoint does not count
            self._writer = SummaryWriter(str(self._folder), purge_step=step.done)
            self._told = 0 if step.done == 1 else len(step.curve)
        self._writer.add_scalar("step/loss", step.loss, step.done)
        self._writer.add_scalar("step/photos per second", step.photos_per_second, step.done)
        self._epochs(step.curve)

    def close(self, curve: Sequence[Mapping[str, float]]) -> None:
        """All that was measured is told, and the file written."""
        if self._writer is not None:
            self._epochs(curve)
            self._writer.close()

    def _epochs(self, curve: Sequence[Mapping[str, float]]) -> None:
        for measured in curve[self._told :]:
            for name, value in measured.items():
                if name != "epoch":
                    self._writer.add_scalar(f"epoch/{name}", value, int(measured["epoch"]))
        self._told = max(self._told, len(curve))
