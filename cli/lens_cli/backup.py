"""`lens backup`: a copy of the index."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, say


def backup(
    destination: Annotated[str, typer.Argument(metavar="DEST", help="A folder that is not there yet.")],
    index: IndexOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an index that is there.")] = False,
) -> None:
    """Copy the index, even while a run goes on. The copy is an index: lens search --index DEST."""
    from lens import Library

    Library.open(index).backup(destination, force=force)
    say(f"The copy is in {destination}; to search it: lens search --index {destination}")
