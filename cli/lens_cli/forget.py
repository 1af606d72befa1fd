"""`lens forget`: remove photos from the index."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, confirm, photos, say


def forget(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Photos or folders; they need not exist.")],
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove photos, and all that is known of them, from the index. The files are not touched."""
    from lens import Library

    library = Library.open(index)
    count = library.forget(paths, dry_run=True)
    if dry_run:
        say(f"Would forget {photos(count)}.")
        return
    if not yes:
        confirm(f"Forget {photos(count)}, with all that is known of them?")
    say(f"Forgot {photos(library.forget(paths))}. The files were not touched.")
