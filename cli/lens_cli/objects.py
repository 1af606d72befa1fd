"""`lens objects`: propose the main object of each photo, with no words."""

from typing import Annotated

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
    print_json,
    progress_bar,
)
from lens_cli.label import tell


def objects(
    where: WhereArgument = None,
    model: Annotated[
        str, typer.Option("--model", "-m", metavar="NAME", help="Whose patches are compared: builtin, DINO, DINOv2.")
    ] = "builtin",
    method: Annotated[str, typer.Option("--method", metavar="NAME", help="tokencut or lost.")] = "tokencut",
    segmenter: Annotated[
        str, typer.Option("--segmenter", metavar="NAME", help="What cuts out masks; none: boxes only.")
    ] = "builtin",
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Where regions are kept. [default: objects MODEL]")
    ] = None,
    top: MostHitsOption = None,
    index: IndexOption = None,
    dry_run: ForeseeOption = False,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    batch: BatchOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Propose the main object of each photo, with no words: what is alike in itself and unlike the rest.

    The proposals are regions of the category `object`. May be stopped and started again at any moment.
    """
    from lens import Library

    library = Library.open(index, device=device, precision=precision, batch=batch)
    with progress_bar(quiet=quiet, doing="Looking for objects") as report_progress:
        report = library.labels.objects(
            where,
            model=model,
            method=method,
            segmenter=None if segmenter == "none" else segmenter,
            source=source,
            top=top,
            dry_run=dry_run,
            on_progress=report_progress,
        )
    if json:
        print_json(report)
    elif not quiet:
        tell(report)
