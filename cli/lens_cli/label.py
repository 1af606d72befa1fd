"""`lens label`: find things in photos and keep them as boxes and masks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.console import (
    BatchOption,
    DeviceOption,
    ForeseeOption,
    IndexOption,
    JsonOption,
    MostHitsOption,
    PrecisionOption,
    QuietOption,
    WhereArgument,
    photos,
    print_json,
    progress_bar,
    say,
)

if TYPE_CHECKING:
    from lens.labeling.report import LabelReport

SHOWN = 10


def label(
    prompts: Annotated[
        str, typer.Argument(metavar="THINGS", help='What to look for: "dog, red car, person=human|man|woman".')
    ],
    where: WhereArgument = None,
    detector: Annotated[
        str, typer.Option("--detector", metavar="NAME", help="What finds things; none: the segmenter, by phrases.")
    ] = "builtin",
    segmenter: Annotated[
        str | None, typer.Option("--segmenter", metavar="NAME", help="What cuts out masks. [default: boxes only]")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="NAME", help="Where regions are kept. [default: detector and date]"),
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option("--min-score", min=0, max=1, metavar="S", help="What a score must exceed. [default: detector's]"),
    ] = None,
    tile: Annotated[
        int | None,
        typer.Option("--tile", min=64, metavar="PIXELS", help="Also look at larger photos in tiles of this side."),
    ] = None,
    apart: Annotated[
        bool, typer.Option("--apart", help="Let regions of other sources not count, to compare sources.")
    ] = False,
    top: MostHitsOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet", metavar="FILE", help="Also draw the surest photos with boxes and masks: .html, .jpg, .png."
        ),
    ] = None,
    index: IndexOption = None,
    dry_run: ForeseeOption = False,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    batch: BatchOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Find things in photos by words, and keep them as regions of a source.

    Photos that were looked through before are passed over, and what is there already is neither doubled nor removed.
    May be stopped and started again at any moment.
    """
    from lens import Library

    library = Library.open(index, device=device, precision=precision, batch=batch)
    with progress_bar(quiet=quiet, doing="Labelling") as report_progress:
        report = library.labels.label(
            prompts,
            where,
            detector=detector,
            segmenter=segmenter,
            source=source,
            min_score=min_score,
            tile=tile,
            apart=apart,
            top=top,
            dry_run=dry_run,
            on_progress=report_progress,
        )
    if json:
        print_json(report)
    elif not quiet:
        tell(report)
    if sheet and not dry_run:
        library.labels.save_sheet(report, sheet)
        say(f"Drawn in {sheet}.")


def tell(report: "LabelReport") -> None:
    """What was done, for people."""
    passed = f", {report.already:,} looked through before" if report.already else ""
    if report.dry_run:
        say(f"Would look through {photos(report.labelled)} in about {duration(report.seconds)}{passed}.")
        say(f"By {report.model}, for {report.prompts}, into the source {report.source!r}. Nothing was changed.")
        return
    rate = f", {report.labelled / report.seconds:.1f} a second" if report.labelled and report.seconds else ""
    say(f"Looked through {photos(report.labelled)} in {duration(report.seconds)}{rate}{passed}.")
    found = ", ".join(f"{count:,} {category}" for category, count in report.categories.items() if count)
    held = f" {report.held:,} more {'was' if report.held == 1 else 'were'} there already." if report.held else ""
    if report.labelled:
        say((f"Found {found}, in the source {report.source!r}." if found else "Found nothing new.") + held)
    nothing = [category for category, count in report.categories.items() if not count]
    if nothing and found:
        say(f"Nothing new: {', '.join(nothing)}.")
    for failed in report.failed[:SHOWN]:
        say(f"failed: {failed.path}: {failed.reason}")
    if len(report.failed) > SHOWN:
        say(f"… and {photos(len(report.failed) - SHOWN)} more; --json lists all.")


def duration(seconds: float) -> str:
    """Seconds for people."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
