"""`python -m lens_gui.worker TASK ARGUMENT…`: long work in a process of its own, which tells of itself in JSON lines.

It stops, as Ctrl-C would stop it, when it is terminated, or when the window that started it closes its standard input
or is gone.
"""

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from lens import Library
from lens.errors import LensError
from lens.indexing.report import IndexReport
from lens_gui import priority
from lens_gui.preparing import prepare_searches
from lens_gui.telling import Say, teller
from lens_gui.tune import training

STOPPED = 1  # exit status


def index(say: Say, uri: str, *folders: str) -> str:
    """Bring the index up to date with folders."""
    return _summary(Library.open(uri).index(folders, on_progress=teller(say)))


def encode(say: Say, uri: str, encoder: str) -> str:
    """Encode all photos with one more encoder."""
    library = Library.open(uri)
    report = library.index(library.status().folders, encoder, on_progress=teller(say))
    return f"{encoder} knows {report.filled + report.added:,} more photos now."


def watch(say: Say, uri: str) -> str:
    """Follow what happens to the folders of the index, until stopped."""
    from lens.indexing.watching import keep_indexed

    library = Library.open(uri)

    def told(report: IndexReport) -> None:
        say(note=_summary(report), changed=bool(report.added + report.changed + report.moved + report.missing))

    keep_indexed(
        library.uri,
        [folder.folder for folder in library.folders() if folder.there],
        lambda changed: library.index(changed, wait=True, on_progress=teller(say)),
        on_report=told,
        on_trouble=lambda text: say(note=text),
    )
    return "No longer watching."


def backup(say: Say, uri: str, destination: str) -> tuple[str, str]:
    """Copy the index, and check the copy."""
    problems = Library.open(uri).backup(destination, on_progress=teller(say))
    if problems:
        return f"The copy is in {destination}, but the index is not sound.", _listed(problems)
    return f"The copy is in {destination}. It was checked and is whole.", ""


def verify(_: Say, uri: str) -> tuple[str, str]:
    """Look at every row and every file."""
    problems = Library.open(uri).verify()
    if problems:
        return f"{len(problems)} things are not in order.", _listed(problems)
    return "Everything is in order.", ""


def optimize(_: Say, uri: str) -> str:
    """Join small files and remove old versions."""
    won = Library.open(uri).optimize()
    prepare_searches(uri)
    return f"Optimized: {won / 1e6:,.1f} MB won." if won and won > 0 else "Optimized."


def forget(_: Say, uri: str, folder: str) -> str:
    """Take a folder out of the index."""
    count = Library.open(uri).forget([folder])
    prepare_searches(uri)
    return f"{folder} is out of the index, with {count:,} photos. The files were not touched."


def default(_: Say, uri: str, encoder: str) -> str:
    """Let searches use another encoder."""
    Library.open(uri).set_default_encoder(encoder)
    prepare_searches(uri)
    return f"Searches now use {encoder}."


def compare(_: Say, uri: str) -> str:
    """Try the installed encoders on photos of the index."""
    from lens.comparison import compare_on, recommendation

    photos = Library.open(uri).photos()
    return recommendation(compare_on(photos), len(photos))


def curate(say: Say, uri: str, kind: str, how: str) -> tuple[str, str]:
    """Find something in the collection; the details are the file in which it is."""
    from lens_gui.curate.finding import find

    return "Found.", str(find(uri, kind, json.loads(how), teller(say)))


def label(say: Say, uri: str, prompts: str, query: str) -> str:
    """Find things in the photos that answer a query, or in all if it is empty; others can write meanwhile."""
    labels = Library.open(uri).labels
    report = labels.label(prompts, query or None, shared=True, on_progress=teller(say))
    found = ", ".join(f"{count:,} {category}" for category, count in report.categories.items() if count)
    told = f"Looked through {report.labelled:,} photos, and found {found or 'nothing new'}."
    return f"{told} {len(report.failed):,} could not be looked through." if report.failed else told


def export(say: Say, uri: str, how: str) -> tuple[str, str]:
    """Write the regions of the photos that answer a query, or of all if it is empty.

    Args:
        how: JSON of `format`, `place`, `query`, `more`, states beside those that people have said yes to, `sources`,
            all if there are none, and `split`, shares with commas between them, or nothing.
    """
    from lens.exchange import REVIEWED
    from lens.export.splitting import read_shares
    from lens.search.searcher import EVERYTHING
    from lens_indexes import RegionState

    wanted = json.loads(how)
    done = Library.open(uri).exchange.export(
        *(wanted["format"], wanted["place"], wanted["query"]),
        top=EVERYTHING if wanted["query"] else None,
        states=[*REVIEWED, *map(RegionState, wanted["more"])],
        sources=wanted["sources"],
        shares=read_shares(wanted["split"]),
        on_progress=teller(say),
    )
    parts = [f"{name}: {count:,}" for name, count in done.splits.items()]
    not_held = [f"{count:,} {loss}" for loss, count in done.losses.items()]
    left = [f"left out: {count:,} {reason}" for reason, count in done.left_out.items()]
    told = f"Exported to {done.place}. Regions: {done.regions:,}, photos: {done.photos:,}."
    return told, "\n".join([*parts, *left, *not_held])


def pull(say: Say, name: str) -> str:
    """Download a model."""
    from lens.models.pulling import plan, pull

    return f"{pull(plan(name), on_progress=teller(say)).name} is on this machine, and checked."


def check(_: Say, name: str) -> tuple[str, str]:
    """Read the files of a model again."""
    from lens.models.verifying import verify

    [result] = verify(name)
    if result.problems:
        return f"{name} is damaged: download it again.", "\n".join(result.problems)
    return f"{name}: {result.files} files as they should be.", ""


def device(_: Say) -> str:
    """Find out what models run on, which takes loading torch."""
    from lens.models.device import working_device

    found, broken = working_device()
    where = "on the processor: no graphics card is used" if found == "cpu" else f"on {found}"
    return broken or f"Models run {where}."


TASKS: dict[str, Callable[..., str | tuple[str, str]]] = {
    task.__name__: task
    for task in (
        index,
        encode,
        watch,
        backup,
        verify,
        optimize,
        forget,
        default,
        compare,
        curate,
        label,
        export,
        training.foresee,
        training.tune,
        training.judge,
        training.adopt,
        training.roll_back,
        pull,
        check,
        device,
    )
}
LONG = {"index", "encode", "watch", "compare", "curate", "label", "export", "foresee", "tune", "judge", "adopt"}
"""Those that take all processors for as long as they run; nobody sits and waits for them."""


def main(arguments: Sequence[str]) -> int:
    """Carry out a task; the exit status."""
    out, sys.stdout = sys.stdout, sys.stderr  # what libraries print is not for the window

    def say(**line: Any) -> None:
        print(json.dumps(line), file=out, flush=True)

    name, *rest = arguments
    priority.step_back(priority.LONG if name in LONG else priority.SOON)
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_end_with_the_window, daemon=True).start()
    try:
        result = TASKS[name](say, *rest)
    except LensError as error:
        say(failed=str(error), details=traceback.format_exc())
    except KeyboardInterrupt:
        return STOPPED
    else:
        text, details = (result, "") if isinstance(result, str) else result
        say(done=text, details=details)
    return 0


def _summary(report: IndexReport) -> str:
    counts = {
        "added": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "newly encoded": report.filled,
        "missing": report.missing,
        "skipped": report.skipped,
    }
    told = [f"{count:,} {what}" for what, count in counts.items() if count]
    return f"Done: {', '.join(told) or 'nothing has changed'}."


def _listed(problems: Sequence[Any]) -> str:
    return "\n\n".join(f"{each.about} ({each.count:,})\n" + "\n".join(each.examples) for each in problems)


def _end_with_the_window() -> None:
    """Wait until nobody holds the other end of the standard input, then interrupt the work.

    It is read below Python's own buffers, whose lock a thread that still reads would hold for ever.
    """
    while os.read(0, 1):
        pass
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    else:
        signal.raise_signal(signal.SIGINT)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
