"""`lens align`: train the heads of the built-in encoder again."""

import time
from pathlib import Path
from typing import Annotated

import typer

from lens.align.objective import Objective
from lens_cli.console import say, size


def align(
    data: Annotated[
        Path, typer.Option(help="Folder with flickr8k, coco and imagenet-sample.", metavar="DIR", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Where to write the heads.", metavar="FILE.safetensors")],
    seed: Annotated[int, typer.Option(help="The same seed on the same machine gives the same heads.")] = 0,
    objective: Annotated[Objective, typer.Option(help="CLIP's loss, or SigLIP's.")] = "clip",
) -> None:
    """Train the heads that join the built-in encoder's two towers, from photos with captions.

    Takes minutes on two cores; what the frozen towers see is kept in the cache for the next time.
    """
    from lens.align.train import Recipe, train_heads

    stages: dict[str, float] = {}

    def report(stage: str, done: int, total: int) -> None:
        started = stages.setdefault(stage, time.monotonic())
        left = (time.monotonic() - started) * (total - done) / done if done else 0.0
        say(f"{stage}: {done:,} of {total:,}" + (f", {left:.0f} s left" if 0 < done < total else ""))

    train_heads(data, seed, report, Recipe(objective=objective)).save(out)
    say(f"wrote {out} ({size(out.stat().st_size)})")
