"""`lens backup`: a copy of the index."""

import sys
from typing import Annotated

import typer

from lens_cli.console import IndexOption, progress_bar, say


def backup(
    destination: Annotated[str, typer.Argument(metavar="DEST", help="A folder that is not there yet.")],
    index: IndexOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an index that is there.")] = False,
) -> None:
    """Copy the index, even while a run goes on. The copy is an index: lens search --index DEST."""
    from lens import Library

    with progress_bar(quiet=not sys.stderr.isatty(), doing="Copying rows") as report_progress:
        problems = Library.open(index).backup(destination, force=force, on_progress=report_progress)
    for problem in problems:
        say(f"{problem.kind}: {problem.count:,}. {problem.about}")
    checked = "" if problems else ", checked"
    say(f"The copy is in {destination}{checked}; to search it: lens search --index {destination}")
