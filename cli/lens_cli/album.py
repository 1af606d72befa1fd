"""`lens album`: photos under a name."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, confirm, photos, print_json, say
from lens_cli.saved import NameArgument, QueryArgument
from lens_cli.search import EncoderOption

app = typer.Typer(help="Keep albums; album:NAME in a query finds their photos.", no_args_is_help=True)


@app.command("add")
def add(
    name: NameArgument,
    query: QueryArgument,
    top: Annotated[
        int | None,
        typer.Option("-t", "--top", min=1, metavar="N", help="How many photos. [default: 20, all for filters alone]"),
    ] = None,
    encoder: EncoderOption = None,
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many.")] = False,
) -> None:
    """Put the photos that answer a query into an album, which is made if there is none."""
    from lens import Library

    count = Library.open(index).albums.add(name, query, top, encoder, dry_run=dry_run)
    say(f"{'Would add' if dry_run else 'Added'} {photos(count)} to {name}.")


@app.command("list")
def list_albums(index: IndexOption = None, json: JsonOption = False) -> None:
    """List the albums; `lens search album:NAME` lists the photos of one."""
    from lens import Library

    albums = Library.open(index).albums.all()
    if json:
        print_json([{"name": name, "photos": count} for name, count in albums.items()])
        return
    for name, count in albums.items():
        print(f"{name}: {photos(count)}")


@app.command("drop")
def drop(
    name: NameArgument,
    index: IndexOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove an album; its photos stay where they are, and in the index."""
    from lens import Library

    library = Library.open(index)
    if name in library.albums.all() and not yes:
        confirm(f"Drop the album {name} of {photos(library.albums.all()[name])}?")
    say(f"Dropped {name}, an album of {photos(library.albums.drop(name))}.")
