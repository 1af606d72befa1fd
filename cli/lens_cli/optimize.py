"""`lens optimize`: make the index smaller and quicker."""

from lens_cli.console import IndexOption, say, size


def optimize(index: IndexOption = None) -> None:
    """Join small files of the index and remove old versions; searches may go on, and find what they found before."""
    from lens import Library

    won = Library.open(index).optimize()
    if won is None or won >= 0:
        say(f"Optimized: {'done' if won is None else size(won) + ' won'}.")
    else:
        say(f"Optimized. For the next hour {size(-won)} more are used: what readers may still read is kept that long.")
