"""A program that indexes a folder, optimizes, and kills itself, as a power cut would, at a stage it is told.

Arguments: index, folder, stage (migrate, scan, decode, encode, write, optimize), which occurrence of the stage,
milliseconds after it.
"""

import logging
import os
import signal
import sys
import threading
import time

from lens import Library
from lens.indexing import indexer
from tests.fakes import ColourEncoder


class KillAt(logging.Handler):
    """Sends SIGKILL to this process some time after the n-th message about a stage, or at its end if that is sooner."""

    def __init__(self, stage: str, occurrence: int, delay_ms: int) -> None:
        super().__init__()
        self.killer: threading.Thread | None = None
        self._message, self._left, self._delay = f"stage {stage}", occurrence, delay_ms / 1000

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self._message:
            self._left -= 1
            if self._left == 0:
                print(f"reached {self._message}", flush=True)
                self.killer = threading.Thread(target=self._kill, daemon=True)
                self.killer.start()

    def _kill(self) -> None:
        time.sleep(self._delay)
        os.kill(os.getpid(), signal.SIGKILL)


class SlowEncoder(ColourEncoder):
    """Takes a while, so that there is an encoding to be killed in."""

    batch = 4
    thread_safe = True

    def encode_prepared(self, inputs):
        time.sleep(0.01)
        return super().encode_prepared(inputs)


if __name__ == "__main__":
    uri, folder, stage, occurrence, delay_ms = sys.argv[1:]
    kill = KillAt(stage, int(occurrence), int(delay_ms))
    for package in ("lens", "lens_indexes"):
        logging.getLogger(package).setLevel(logging.DEBUG)
        logging.getLogger(package).addHandler(kill)
    indexer.COMMIT_PHOTOS = 8
    library = Library.open(uri)
    library.index([folder], SlowEncoder())
    library.optimize()
    if kill.killer:
        kill.killer.join()
    print("finished")
