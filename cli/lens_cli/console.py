"""What commands share on the terminal: results go to stdout, everything else to stderr."""

import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lens.indexing.report import Progress, Report

IndexOption = Annotated[
    str | None,
    typer.Option("--index", metavar="PATH", help="The index: a folder or URI. [default: $LENS_INDEX, else user data]"),
]
DeviceOption = Annotated[
    str | None,
    typer.Option("--device", metavar="NAME", help="cpu, cuda, cuda:N or mps. [default: a GPU that works, else cpu]"),
]
PrecisionOption = Annotated[
    str | None,
    typer.Option(
        "--precision",
        metavar="NAME",
        help="float32, bfloat16, float16 or int8. [default: float16 on a GPU, else the fastest that is faithful]",
    ),
]
BackendOption = Annotated[
    str | None,
    typer.Option(
        "--backend", metavar="NAME", help="torch or onnx. [default: the fastest that was found on this machine]"
    ),
]
BatchOption = Annotated[
    int | None,
    typer.Option("--batch", min=1, metavar="N", help="Photos an encoder takes at once; halved if memory runs out."),
]
WhereArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[QUERY|DIR]...", help="Folders, or a query whose hits are meant. [default: all photos]"),
]
MostHitsOption = Annotated[
    int | None, typer.Option("-t", "--top", min=1, metavar="N", help="Of a query, how many hits at the most.")
]
ForeseeOption = Annotated[bool, typer.Option("--dry-run", help="Only say how many photos, and how long.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SECONDS_BETWEEN_LINES = 10.0


CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}


def say(text: str) -> None:
    """A line for people, on stderr."""
    print(harmless(text), file=sys.stderr, flush=True)


def harmless(text: str) -> str:
    """Text without what would command a terminal, such as a file can have in its name."""
    return text.translate(CONTROLS)


def print_line(line: str, *, at_once: bool = False) -> None:
    """A line of a result, on stdout; on a terminal without what would command it.

    Args:
        at_once: do not let it wait for others, so that it comes where it belongs among lines on stderr.
    """
    print(harmless(line) if sys.stdout.isatty() else line, flush=at_once)


def confirm(question: str) -> None:
    """Go on only if somebody says yes.

    Raises:
        typer.Abort: nobody does.
    """
    try:
        agreed = typer.confirm(harmless(question), err=True)
    except typer.Abort:
        if not sys.stdin.isatty():
            say("Nobody was there to answer: with --yes it is done unasked.")
        raise
    if not agreed:
        raise typer.Abort


def print_json(value: object) -> None:
    """A result as indented JSON on stdout; dataclasses become objects, paths strings."""
    print(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))


def print_json_line(value: object) -> None:
    """A result as one line of JSON on stdout."""
    print(json.dumps(value, default=_plain, ensure_ascii=False), flush=True)


def _plain(value: Any) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def photos(count: int) -> str:
    """`1 photo`, `2,000 photos`."""
    return f"{count:,} photo" + ("" if count == 1 else "s")


def size(count: int | None) -> str:
    """Bytes for people."""
    if count is None:
        return "size unknown"
    amount = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


@contextmanager
def progress_bar(*, quiet: bool, doing: str = "Indexing", counting: str = "scanning: {:,} files") -> Iterator["Report"]:
    """Report long work: a bar on a terminal, a line every ten seconds elsewhere, nothing if `quiet`.

    Args:
        quiet: whether nothing is said.
        doing: what is done, once it is known how much there is of it.
        counting: what is said before, with a place for a number.
    """
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar(doing, counting) as report:
            yield report
    else:
        yield _lines(counting)


@contextmanager
def _bar(doing: str, counting: str) -> Iterator["Report"]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[skipped]}"),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(counting.format(0), total=None, rate="", skipped="")
        started: float | None = None

        def report(progress: "Progress") -> None:
            nonlocal started
            if progress.total is None:
                bar.update(task, completed=progress.done, description=counting.format(progress.done))
                return
            if started is None:
                started = time.monotonic()
                bar.reset(task, total=progress.total, description=doing)
            elapsed = time.monotonic() - started
            rate = f"{_rate(progress.done / elapsed)} photos/s" if elapsed > 1 else ""
            skipped = f"{progress.skipped:,} skipped  " * bool(progress.skipped) + progress.found
            bar.update(task, completed=progress.done, total=progress.total, rate=rate, skipped=skipped)

        yield report


def _lines(counting: str) -> "Report":
    last = time.monotonic()
    since: tuple[float, int] | None = None

    def report(progress: "Progress") -> None:
        nonlocal last, since
        now = time.monotonic()
        if progress.total is not None and (since is None or progress.done < since[1]):  # the first, or of another count
            since = now, progress.done
        if now - last < SECONDS_BETWEEN_LINES:
            return
        last = now
        if progress.total is None or since is None:
            say(counting.format(progress.done))
            return
        parts = [f"{progress.done:,} of {photos(progress.total)}", f"{progress.skipped:,} skipped"]
        if progress.found:
            parts.append(progress.found)
        if progress.done > since[1]:
            rate = (progress.done - since[1]) / max(now - since[0], 1e-3)
            parts.insert(1, f"{_rate(rate)}/s")
            parts.append(f"{(progress.total - progress.done) / rate:.0f} s left")
        say(", ".join(parts))

    return report


def _rate(a_second: float) -> str:
    """Few a second with a digit behind the point."""
    return f"{a_second:.0f}" if a_second >= 10 else f"{a_second:.1f}"
