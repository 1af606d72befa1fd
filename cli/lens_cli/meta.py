"""`lens meta`: facts about photos from tables of others."""

from pathlib import Path
from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, confirm, photos, print_json, say

app = typer.Typer(help="Import facts from tables; meta.NAME: in a query asks for them.", no_args_is_help=True)
EXAMPLES = 5


@app.command("import")
def import_csv(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A column names the photos: path, file or name.")],
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be imported.")] = False,
    json: JsonOption = False,
) -> None:
    """Import the columns of a CSV file; values of the same name and photo are replaced, empty cells change nothing."""
    from lens import Library

    done = Library.open(index).meta.import_csv(file.expanduser(), dry_run=dry_run)
    if json:
        print_json(done)
        return
    for column in done.columns:
        print(f"meta.{column.name}: {column.kind}, {photos(column.values)}")
    say(f"{'Would import' if dry_run else 'Imported'} facts about {photos(done.photos)}.")
    if done.unmatched:
        shown = ", ".join(done.unmatched[:EXAMPLES]) + (", …" if len(done.unmatched) > EXAMPLES else "")
        say(f"{len(done.unmatched):,} rows name no photo of the index, or several: {shown}")


@app.command("list")
def list_columns(index: IndexOption = None, json: JsonOption = False) -> None:
    """List the imported columns."""
    from lens import Library

    columns = Library.open(index).meta.all()
    if json:
        print_json([{"name": name, "photos": count} for name, count in columns.items()])
        return
    for name, count in columns.items():
        print(f"{name}: {photos(count)}")


@app.command("drop")
def drop(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A column; `lens meta list` names them.")],
    index: IndexOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove an imported column from the index."""
    from lens import Library

    library = Library.open(index)
    if name in library.meta.all() and not yes:
        confirm(f"Drop {name}, known of {photos(library.meta.all()[name])}?")
    say(f"Dropped {name}, which was known of {photos(library.meta.drop(name))}.")
