"""`lens optimize`: make the index smaller and quicker."""

from typing import Annotated

import typer

from lens_cli.cluster_options import Engine, EngineOption, RayAddressOption, WorkersOption, cluster_of
from lens_cli.console import IndexOption, say, size


def optimize(
    index: IndexOption = None,
    approximate: Annotated[
        bool | None,
        typer.Option(
            "--approximate/--exact",
            help="Build an approximate index anew, for millions of photos whose vectors are too many to look at "
            "them all; or drop it again. By default what was added since is sorted into the one there is.",
        ),
    ] = None,
    engine: EngineOption = Engine.LOCAL,
    ray_address: RayAddressOption = None,
    workers: WorkersOption = None,
) -> None:
    """Join small files of the index and remove old versions; searches may go on, and find what they found before."""
    from lens import Library

    cluster = cluster_of(engine, ray_address, workers)
    won = Library.open(index).optimize(approximate=approximate, cluster=cluster)
    if won is None or won >= 0:
        say(f"Optimized: {'done' if won is None else size(won) + ' won'}.")
    else:
        say(f"Optimized. For the next hour {size(-won)} more are used: what readers may still read is kept that long.")
