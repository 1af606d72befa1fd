"""`lens sources`: the sources of labels."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, confirm, photos, print_json, print_line, say

app = typer.Typer(help="List, rename, merge, hide and drop the sources of labels.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Of a source.")]


@app.command("list")
def list_(index: IndexOption = None, json: JsonOption = False) -> None:
    """List the sources with what is in them."""
    from lens import Library

    sources = Library.open(index).labels.sources.all()
    if json:
        print_json(sources)
        return
    for source in sources:
        states = ", ".join(f"{count:,} {state}" for state, count in sorted(source.states.items()))
        categories = ", ".join(f"{count:,} {name}" for name, count in list(source.categories.items())[:5])
        more = len(source.categories) - 5
        print(f"{source.name}{'  (hidden)' if source.hidden else ''}")
        print(f"    {source.regions:,} regions in {photos(source.photos)}{': ' if states else ''}{states}")
        if categories:
            print(f"    {categories}" + (f" and {more} more" if more > 0 else ""))
        if source.looked or source.failed:
            failures = f", {source.failed:,} failed (lens sources failed says why)" if source.failed else ""
            print(f"    {photos(source.looked)} looked through{failures}")
    if not sources:
        say('There are none. Make one: lens label "dog, cat"')


@app.command()
def failed(name: NameArgument, index: IndexOption = None, json: JsonOption = False) -> None:
    """List the photos that could not be looked through for a source, and why."""
    from lens import Library

    found = Library.open(index).labels.sources.failed(name)
    if json:
        print_json(found)
        return
    for each in found:
        print_line(f"{each.path}: {each.reason}")
    if not found:
        say("None failed.")


@app.command()
def rename(
    name: NameArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it shall be called.")],
    index: IndexOption = None,
) -> None:
    """Call a source otherwise."""
    from lens import Library

    held = Library.open(index).labels.sources.rename(name, new)
    say(f"{name} is now called {new}: {held.regions:,} regions in {photos(held.photos)}.")


@app.command()
def merge(
    name: NameArgument,
    into: Annotated[str, typer.Argument(metavar="INTO", help="Of the source that takes it up.")],
    index: IndexOption = None,
) -> None:
    """Put a source into another."""
    from lens import Library

    held = Library.open(index).labels.sources.merge(name, into)
    say(f"Put {held.regions:,} regions in {photos(held.photos)} into {into}.")


@app.command()
def hide(name: NameArgument, index: IndexOption = None) -> None:
    """Leave a source out of queries, sheets and what counts as labelled."""
    from lens import Library

    Library.open(index).labels.sources.hide(name)
    say(f"{name} is hidden: lens sources show brings it back.")


@app.command()
def show(name: NameArgument, index: IndexOption = None) -> None:
    """Show a source again that was hidden."""
    from lens import Library

    Library.open(index).labels.sources.hide(name, hidden=False)
    say(f"{name} is shown.")


@app.command()
def drop(
    name: NameArgument,
    index: IndexOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a source with all its regions, for good. The photos are not touched."""
    from lens import Library

    sources = Library.open(index).labels.sources
    held = sources.get(name)
    judged = sum(count for state, count in held.states.items() if state != "proposed")
    what = f"{held.regions:,} regions in {photos(held.photos)}" + (f", {judged:,} of them judged" if judged else "")
    if dry_run:
        say(f"Would drop {name}: {what}.")
        return
    if not yes:
        confirm(f"Drop {name} with {what}, for good?")
    sources.drop(name)
    say(f"Dropped {name}: {what}.")
