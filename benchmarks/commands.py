"""What a command takes, from its start to its end."""

import resource
import statistics
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Taken:
    """In seconds."""

    wall: float
    processor: float
    """Of all processors together; other programs on the machine weigh less here than in `wall`."""


def run(command: list[str], environment: Mapping[str, str], folder: Path) -> tuple[Taken, str]:
    """Time a command, and hand out what it printed.

    Raises:
        SystemExit: it failed; says what it had to say.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return Taken(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), done.stdout


def median(taken: list[Taken]) -> Taken:
    """Of each of the two."""
    return Taken(statistics.median(each.wall for each in taken), statistics.median(each.processor for each in taken))
