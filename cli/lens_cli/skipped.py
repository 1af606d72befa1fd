"""`lens skipped`: which files could not be read, and why."""

from lens_cli.console import IndexOption, JsonOption, print_json, print_line, say


def skipped(index: IndexOption = None, json: JsonOption = False) -> None:
    """List the files that could not be read, and why."""
    from lens import Library

    rows = Library.open(index).skipped()
    if json:
        print_json(rows)
        return
    for row in rows:
        print_line(f"{row.path}: {row.reason}")
    if not rows:
        say("Every file could be read.")
