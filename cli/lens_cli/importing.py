"""`lens import`: regions from other programs."""

from pathlib import Path
from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, QuietOption, photos, print_json, progress_bar, say


def import_file(
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help="coco, yolo, voc, labelme or cvat.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The file, or the folder that the format is.")],
    source: Annotated[str, typer.Option("--source", metavar="NAME", help="What to call these regions.")],
    root_hint: Annotated[
        Path | None, typer.Option("--root-hint", metavar="DIR", help="The folder that names of photos start from.")
    ] = None,
    index: IndexOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Read the regions of a file into a new source, as accepted ones: all of them, or none if anything is wrong."""
    from lens import Library

    with progress_bar(quiet=quiet, counting="importing: {:,} regions") as report:
        done = Library.open(index).exchange.import_file(format_, path, source, root_hint=root_hint, on_progress=report)
    if json:
        print_json(done)
        return
    if quiet:
        return
    say(f"Imported {done.regions:,} regions of {photos(done.photos)} as {done.source}.")
    for name, count in done.categories.items():
        print(f"{count:9,}  {name}")
    if done.unmatched:
        say(f"{done.unmatched:,} names belong to no photo, and their regions are left out:")
    for line in done.examples:
        say(f"  {line}")
    if done.turned:
        say(f"{photos(done.turned)} labelled as stored, not upright: their regions were turned as EXIF has it.")
    for what, count in done.unheld.items():
        say(f"not held: {count:,} {what}")
