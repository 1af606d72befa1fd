"""`lens saved`: queries under a name."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, print_json, say

app = typer.Typer(help="Save queries; saved:NAME in a query stands for one.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME")]
QueryArgument = Annotated[list[str], typer.Argument(metavar="QUERY...", help="As for lens search; see docs/QUERY.md.")]


@app.command("add")
def add(name: NameArgument, query: QueryArgument, index: IndexOption = None) -> None:
    """Save a query, in the place of one of that name."""
    from lens import Library

    whole = Library.open(index).saved.add(name, query)
    say(f"Saved as {name}: {whole}")


@app.command("list")
def list_saved(index: IndexOption = None, json: JsonOption = False) -> None:
    """List the saved queries."""
    from lens import Library

    saved = Library.open(index).saved.all()
    if json:
        print_json([{"name": name, "query": query} for name, query in saved.items()])
        return
    for name, query in saved.items():
        print(f"{name}: {query}")


@app.command("drop")
def drop(name: NameArgument, index: IndexOption = None) -> None:
    """Remove a saved query."""
    from lens import Library

    say(f"Dropped {name}, which was: {Library.open(index).saved.drop(name)}")
