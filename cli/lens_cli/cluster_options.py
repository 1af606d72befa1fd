"""What commands that can be carried out by a Ray cluster are told of it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from lens.indexing.cluster import Cluster

__all__ = ["Engine", "EngineOption", "GpusOption", "RayAddressOption", "ReadersOption", "WorkersOption", "cluster_of"]


class Engine(StrEnum):
    """What carries out a command."""

    LOCAL = "local"
    RAY = "ray"


EngineOption: TypeAlias = Annotated[
    Engine, typer.Option("--engine", help="What carries it out: this machine, or a Ray cluster.")
]
RayAddressOption: TypeAlias = Annotated[
    str | None, typer.Option("--ray-address", metavar="ADDRESS", help="Of the cluster; auto: this machine's.")
]
WorkersOption: TypeAlias = Annotated[
    int | None, typer.Option("--workers", min=1, help="With Ray: that work side by side. [default: 2]")
]
GpusOption: TypeAlias = Annotated[
    float | None, typer.Option("--gpus-per-worker", min=0, help="With Ray: may be a part of one. [default: 0]")
]
ReadersOption: TypeAlias = Annotated[
    int | None,
    typer.Option("--readers", min=1, help="With Ray: workers that read, so that the others only encode, as on GPUs."),
]


def cluster_of(
    engine: Engine,
    ray_address: str | None,
    workers: int | None,
    gpus_per_worker: float | None = None,
    readers: int | None = None,
) -> Cluster | None:
    """The cluster that is asked for; None where this machine does it.

    Raises:
        typer.BadParameter: it is described and not asked for.
    """
    from lens.indexing.cluster import Cluster

    if engine is Engine.RAY:
        return Cluster(ray_address, workers or 2, gpus_per_worker or 0.0, readers or 0)
    if ray_address or workers or gpus_per_worker or readers:
        raise typer.BadParameter("--ray-address, --workers and what else describes a cluster go with --engine ray")
    return None
