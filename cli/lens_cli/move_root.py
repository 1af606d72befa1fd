"""`lens move-root`: the photos of a folder have moved."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, photos, say


def move_root(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A folder of `lens status`; it need not exist any longer.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Where its photos are now.")],
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Even if none of the photos is there.")] = False,
) -> None:
    """Tell the index that all photos below a folder are now below another. Nothing is encoded again."""
    from lens import Library

    move = Library.open(index).move_root(old, new, dry_run=dry_run, force=force)
    say(f"{move.found} of {photos(move.looked_for)} looked for are in {move.new}.")
    say(f"{'Would move' if dry_run else 'Moved'} {photos(move.photos)} from {move.old} to {move.new}.")
    for folder in move.left:
        say(f"{folder} is a root of its own and stays where it was; to move it: lens move-root {folder} NEW")
