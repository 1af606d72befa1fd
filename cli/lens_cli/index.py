"""`lens index`: bring the index up to date with folders of photos."""

import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.cluster_options import (
    Engine,
    EngineOption,
    GpusOption,
    RayAddressOption,
    ReadersOption,
    WorkersOption,
    cluster_of,
)
from lens_cli.console import (
    BackendOption,
    BatchOption,
    DeviceOption,
    IndexOption,
    JsonOption,
    PrecisionOption,
    QuietOption,
    confirm,
    print_json,
    print_json_line,
    progress_bar,
    say,
)

if TYPE_CHECKING:
    from lens.indexing import IndexReport

FILES_SKIPPED = 3


def index(
    folders: Annotated[
        list[str], typer.Argument(metavar="DIR...", help="Folders of photos, with all below them; or s3://…")
    ],
    encoder: Annotated[
        list[str] | None, typer.Option("--encoder", metavar="NAME", help="Which encoder to use; may be given again.")
    ] = None,
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove photos from the index whose files are gone.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Let --prune remove more than a tenth of a root.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for another run that writes to the index.")] = False,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", metavar="PATTERN", help="Leave out names or paths like this.")
    ] = None,
    include_hidden: Annotated[bool, typer.Option("--include-hidden", help="Go into hidden folders too.")] = False,
    manifest: Annotated[
        Path | None,
        typer.Option("--manifest", metavar="FILE", help="Read only the photos that a file names, by paths from DIR."),
    ] = None,
    thumbnails: Annotated[
        bool, typer.Option("--thumbnails/--no-thumbnails", help="Keep a small picture of each photo in the cache.")
    ] = True,
    watch: Annotated[bool, typer.Option("--watch", help="Then wait for changes and index them, until Ctrl-C.")] = False,
    poll: Annotated[
        bool, typer.Option("--poll", help="With --watch, look for changes where the system does not tell of them.")
    ] = False,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    batch: BatchOption = None,
    backend: BackendOption = None,
    engine: EngineOption = Engine.LOCAL,
    ray_address: RayAddressOption = None,
    workers: WorkersOption = None,
    gpus_per_worker: GpusOption = None,
    readers: ReadersOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 3 if a file could not be read.")] = False,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Index folders of photos: new and changed ones are read, moved ones recognised, vanished ones hidden.

    May be stopped and started again at any moment.
    """
    from lens import Library
    from lens.errors import PruneRefused

    if not quiet:
        show_log()
    if watch and (dry_run or strict):
        raise typer.BadParameter("--watch goes with neither --dry-run nor --strict")
    if watch and manifest:
        raise typer.BadParameter("--watch looks at folders, and not at what --manifest names")
    if watch and engine is Engine.RAY:
        raise typer.BadParameter("--watch goes with --engine local alone")
    cluster = cluster_of(engine, ray_address, workers, gpus_per_worker, readers)
    library = Library.open(index, device=device, precision=precision, batch=batch, backend=backend)

    def run(places: Sequence[str | Path], prune_many: bool) -> "IndexReport":
        with progress_bar(quiet=quiet) as report_progress:
            return library.index(
                places,
                encoder,
                dry_run=dry_run,
                prune=prune,
                prune_many=prune_many,
                wait=wait or watch,
                exclude=exclude or (),
                include_hidden=include_hidden,
                manifest=manifest,
                thumbnails=thumbnails,
                cluster=cluster,
                on_progress=report_progress,
            )

    if watch:
        from lens.indexing.watching import keep_indexed

        def done(report: "IndexReport") -> None:
            if json:
                print_json_line(report)
            elif not quiet:
                say(f"{time.strftime('%H:%M:%S')} {summary(report)}")

        keep_indexed(
            library.uri,
            folders,
            lambda changed: run(changed, yes),
            exclude=exclude or (),
            include_hidden=include_hidden,
            poll=poll,
            on_report=done,
            on_trouble=say,
        )
    try:
        report = run(folders, yes)
    except PruneRefused as refused:
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise
        tell(refused.report)
        confirm(f"Remove {', '.join(map(str, refused.report.losses))}?")
        report = run(folders, True)
    if json:
        print_json(report)
    elif not quiet:
        tell(report)
    if strict and report.skipped:
        raise typer.Exit(FILES_SKIPPED)


def show_log() -> None:
    """Pass on what the library has to say while it works, such as that a model is being prepared."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    for name in ("lens", "lens_indexes"):
        logger = logging.getLogger(name)
        logger.propagate = False  # open_clip gives the root logger a handler of its own
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)


def summary(report: "IndexReport") -> str:
    """What a run did, or would do, in a line."""
    counts = {
        "new": report.added,
        "changed": report.changed,
        "moved": report.moved,
        "newly encoded": report.filled,
        "unchanged": report.unchanged,
        "missing": report.missing,
        "removed": report.pruned,
        "vanished under way": report.vanished,
        "skipped": report.skipped,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing to do"
    if report.dry_run:
        return f"Would be done: {told}. Nothing was changed."
    encoded = report.added + report.changed + report.filled
    rate = f", {encoded / report.seconds:.0f} photos/s" if encoded and report.seconds else ""
    return f"{told} in {report.seconds:.1f} s{rate}"


def tell(report: "IndexReport") -> None:
    """The summary and what goes with it, for people."""
    from lens.models.catalog import DEFAULT_ENCODER

    say(summary(report))
    if report.dry_run:
        for loss in report.losses:
            say(f"--prune would not remove {loss}, which is more than a tenth, without --yes.")
        return
    better = " (lens models list shows better ones)" if report.encoders == [DEFAULT_ENCODER] else ""
    say(f"Encoder: {', '.join(report.encoders)}{better}. Index: {report.index}")
    if report.skipped:
        say("What was skipped, and why: lens skipped")
