"""`lens repair`: mend what `lens verify` finds in the index."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, confirm, say


def repair(
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Mend the index as far as nothing has to be guessed. `lens verify` says what is left."""
    from lens import Library

    library = Library.open(index)
    foreseen = library.repair(dry_run=True)
    for mended in foreseen:
        say(f"{'Would be' if dry_run else 'To be'} done: {mended.count:,} {mended.about}.")
    if not foreseen:
        say("There is nothing to mend.")
    elif not dry_run:
        if not yes:
            confirm("Do it?")
        library.repair()
        say("Done.")
