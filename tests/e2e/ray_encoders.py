"""Encoders for workers of Ray, which cannot be told anything while they run but through files."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.models.encoders.base import Vectors
from tests.fakes import ColourEncoder


class SlowEncoder(ColourEncoder):
    """Takes so long for each photo."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def encode_prepared(self, inputs: Sequence[NDArray[np.generic]]) -> Vectors:
        time.sleep(self.seconds * len(inputs))
        return super().encode_prepared(inputs)


class WaitingEncoder(ColourEncoder):
    """Waits at a photo all of whose pixels are red until a file is there."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file

    def encode_prepared(self, inputs: Sequence[NDArray[np.generic]]) -> Vectors:
        while any(_is_red(each) for each in inputs) and not self.file.exists():
            time.sleep(0.1)
        return super().encode_prepared(inputs)


class DeadlyEncoder(ColourEncoder):
    """Kills its process at a photo all of whose pixels are red, so many times in all, as told in files of a folder."""

    def __init__(self, folder: Path, times: int) -> None:
        super().__init__()
        self.folder, self.times = folder, times

    def encode_prepared(self, inputs: Sequence[NDArray[np.generic]]) -> Vectors:
        if any(_is_red(each) for each in inputs):
            for number in range(self.times):
                try:
                    (self.folder / f"killed-{number}").touch(exist_ok=False)
                except FileExistsError:
                    continue
                os.kill(os.getpid(), signal.SIGKILL)
        return super().encode_prepared(inputs)


def _is_red(photo: NDArray[np.generic]) -> bool:
    return bool((np.asarray(photo) == (255, 0, 0)).all())
