"""`python -m lens_gui.library.run INDEX FOLDER…`: an index run that tells of itself in lines of JSON."""

import json
import signal
import sys
import time
from dataclasses import asdict
from typing import Any, NoReturn

from lens import Library
from lens.errors import LensError
from lens.indexing.report import Progress

EVERY = 0.2  # seconds


def main(uri: str, *folders: str) -> None:
    """Index folders, and print how far it is."""
    told = 0.0

    def tell(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told > EVERY or progress.done == progress.total:
            told = time.monotonic()
            _say(**asdict(progress))

    signal.signal(signal.SIGTERM, _interrupt)
    try:
        report = Library.open(uri).index(folders, on_progress=tell)
    except LensError as error:
        _say(said=str(error))
    except KeyboardInterrupt:
        sys.exit(1)
    else:
        parts = {"added": report.added, "changed": report.changed, "moved": report.moved, "skipped": report.skipped}
        told_parts = [f"{count:,} {what}" for what, count in parts.items() if count]
        _say(said=f"Done: {', '.join(told_parts) or 'nothing has changed'}.")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
