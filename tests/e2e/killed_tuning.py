"""A program that trains on the photos of an index and kills itself in a step, as a power cut would.

Arguments: index; name of the encoder; `builtin` or the folder of a vision transformer; in which step; the method;
the device.
"""

import os
import signal
import subprocess
import sys
from dataclasses import replace

from lens import Library
from lens.indexing.report import Progress
from lens.tuning import TunePlan

BATCH = 4


def planned(library: Library, name: str, backbone: str, epochs: int = 2, method: str = "simclr") -> TunePlan:
    """A short training, LoRA's if it is of a transformer, with a checkpoint after each step."""
    trained = None if backbone == "builtin" else "lora"
    plan = library.tuning.plan(
        method, backbone=backbone, trained=trained, name=name, batch=BATCH, side=64, epochs=epochs
    )
    return replace(plan, recipe=replace(plan.recipe, minutes_between_checkpoints=0))


def killed_in(
    step: int, library: Library, name: str, backbone: str, method: str = "simclr", *, device: str = "cpu"
) -> None:
    """Run this program until it kills itself."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    arguments = [str(library.uri), name, backbone, str(step), method, device]
    program = [sys.executable, "-m", "tests.e2e.killed_tuning", *arguments]
    killed = subprocess.run(program, capture_output=True, text=True, check=False, env=environment, timeout=600)
    assert killed.returncode == -signal.SIGKILL, killed.stderr


if __name__ == "__main__":
    index, name, backbone, step, method, device = sys.argv[1:]

    def kill(progress: Progress) -> None:
        """The checkpoint of the step before is there, that of this one is not."""
        if progress.done == BATCH * int(step):
            os.kill(os.getpid(), signal.SIGKILL)

    library = Library.open(index, device=device)
    library.tuning.train(planned(library, name, backbone, method=method), kill)
    print("finished")
