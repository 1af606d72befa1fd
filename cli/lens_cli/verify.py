"""`lens verify`: whether the index is sound, and the files are as it knows them."""

import typer

from lens_cli.console import IndexOption, JsonOption, print_json, say


def verify(index: IndexOption = None, json: JsonOption = False) -> None:
    """Check every row of the index and look at every file; exit 1 if something is wrong."""
    from lens import Library

    problems = Library.open(index).verify()
    if json:
        print_json(problems)
    for problem in [] if json else problems:
        more = ", …" if problem.count > len(problem.examples) else ""
        print(f"{problem.kind}: {problem.count:,} ({', '.join(problem.examples)}{more}). {problem.about}")
    if problems:
        raise typer.Exit(1)
    say("Everything is in order.")
