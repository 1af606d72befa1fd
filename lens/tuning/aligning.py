"""`align`: heads that join the built-in encoder's two towers, learned anew from captions of somebody's own photos.

Neither tower is trained (LiT, arXiv:2111.07991, with both locked), so that what they see is computed once. The new
pairs of heads stand beside those that the encoder came with: what these know of other photos stays.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lens.align.datasets import Example
from lens.align.features import VIEWS, features_of
from lens.align.heads import Standardiser
from lens.align.train import Recipe, fit_heads, train_projection
from lens.errors import TuneError
from lens.indexing.report import Progress, Report
from lens.models.encoders.builtin import load_builtin
from lens.models.encoders.heads import Heads, image_inputs
from lens.models.formats import HEADS
from lens.tuning.facts import facts_of
from lens.tuning.plan import TunePlan, TuneReport, folder
from lens.tuning.saving import save

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lens.selfsup.foreseeing import Foreseen
    from lens.selfsup.training import Recipe as Steps
    from lens.tuning.making import Decoded

__all__ = ["aligned", "beside", "foresee_heads", "steps_of_heads", "train_heads"]

FEATURES, WORDS = 3912, 384
"""What the towers see of a photo, and of a text."""
TRIED = 256
"""Photos by which it is told how long learning takes."""
AT_ONCE = 3
"""Copies of what is seen of all photos that are held while they are learned from."""


def steps_of_heads(photos: int, recipe: "Steps") -> int:
    """The steps of training new pairs of heads on so many photos."""
    return Recipe().projections * recipe.epochs * -(-photos // recipe.batch)


def foresee_heads(plan: TunePlan, pixels: "NDArray[np.uint8]") -> "Foreseen":
    """What a training would take, from looking at a few photos and a few epochs over random features.

    Args:
        plan: of `Tuning.plan`.
        pixels: (n, side, side, 3) of some of its photos, at least one.
    """
    import psutil

    from lens.selfsup.foreseeing import Foreseen

    count, started = len(plan.choice.photos), time.monotonic()
    seen = features_of(lambda each: Image.fromarray(pixels[each]), len(pixels), VIEWS[0], 0, _untold)
    looking = (time.monotonic() - started) / len(pixels)
    inputs = np.resize(image_inputs(seen), (len(VIEWS), min(count, TRIED), FEATURES))
    texts = np.random.default_rng(0).standard_normal((len(inputs[0]), WORDS), np.float32)
    owned = [np.array([number]) for number in range(len(texts))]
    started = time.monotonic()
    once = replace(_recipe(plan), epochs=1)
    train_projection(inputs, texts, owned, Standardiser(inputs[0]), seed=0, progress=_untold, recipe=once)
    learning = (time.monotonic() - started) / len(texts) * plan.recipe.epochs * once.projections
    held = AT_ONCE * count * len(VIEWS) * FEATURES * inputs.itemsize
    return Foreseen(
        steps_of_heads(count, plan.recipe),
        count * (len(VIEWS) * looking + learning),
        psutil.Process().memory_info().rss + held,
    )


def train_heads(plan: TunePlan, photos: "Decoded", total: int, on_progress: Report) -> TuneReport:
    """Train, and keep the encoder, as `Tuning.train` does; stopped, it has kept what the tower saw.

    Raises:
        TuneError: there is no room for what the tower sees, or for the encoder.
    """
    started = time.monotonic()
    heads = aligned(plan, photos, on_progress)
    report = TuneReport(
        method=plan.method,
        name=plan.name,
        photos=len(photos[0]),
        held_out=plan.choice.held_out,
        alike=plan.choice.alike,
        burst=plan.choice.burst,
        steps=total,
        total=total,
        seconds=time.monotonic() - started,
        finished=True,
    )
    save(plan.name, plan.start.loader, lambda folder: heads.save(folder / HEADS), facts_of(plan, report))
    for file in _files(plan):
        file.unlink(missing_ok=True)
    return report


def _look(plan: TunePlan, pixels: "NDArray[np.uint8]", on_progress: Report) -> list["NDArray[np.float32]"]:
    """What the tower of photos sees, (n, 3912) for each view; a view that is known from a run that was stopped is read.

    Args:
        plan: of `Tuning.plan`.
        pixels: (n, side, side, 3) of its photos.
        on_progress: told of the photos, once for each view.

    Raises:
        TuneError: there is no room for what it sees.
    """
    found = []
    for number, (view, file) in enumerate(zip(VIEWS, _files(plan), strict=True)):

        def tell(_: str, done: int, total: int, before: int = number) -> None:
            on_progress(Progress(before * total + done, len(VIEWS) * total, 0, "looking"))

        if not file.exists():
            seen = features_of(lambda each: Image.fromarray(pixels[each]), len(pixels), view, plan.recipe.seed, tell)
            _keep(file, image_inputs(seen))
        found.append(np.load(file))
    return found


def aligned(plan: TunePlan, photos: "Decoded", on_progress: Report) -> Heads:
    """The encoder's heads with new ones beside them, to the same bytes whenever it is stopped and goes on.

    Args:
        plan: of `Tuning.plan`, with captions.
        photos: as `decoded` has them.
        on_progress: told of photos that are looked at, then of epochs.

    Raises:
        TuneError: there is no room for what the tower sees.
    """
    pixels, numbers = photos
    said = plan.captions.of if plan.captions else {}
    chosen = [plan.choice.photos[number] for number in numbers.tolist()]
    examples = [Example(photo.path, said[photo.id]) for photo in chosen]
    seed = plan.recipe.seed

    def tell(stage: str, done: int, total: int) -> None:
        if stage.startswith("heads"):
            on_progress(Progress(done, total, 0, stage))

    views = _look(plan, pixels, on_progress)
    new = fit_heads(examples, views, [1.0] * len(examples), seed=seed, progress=tell, recipe=_recipe(plan))
    return beside(load_builtin().heads, new)


def beside(before: Heads, new: Heads) -> Heads:
    """Heads with the pairs of both, which share what pairs count for; the regression is the new one."""
    return replace(
        before, projections=[*before.projections, *new.projections], regression=new.regression, sha256="unsaved"
    )


def _recipe(plan: TunePlan) -> Recipe:
    asked = plan.recipe
    return replace(Recipe(), epochs=asked.epochs, batch=asked.batch, learning_rate=asked.learning_rate)


def _untold(stage: str, done: int, total: int) -> None:
    """Progress of what is only tried."""


def _files(plan: TunePlan) -> Iterator[Path]:
    return (folder() / f"{plan.run}.{number}.npy" for number in range(len(VIEWS)))


def _keep(file: Path, seen: "NDArray[np.float32]") -> None:
    part = file.with_suffix(".part")
    try:
        with part.open("wb") as stream:
            np.save(stream, seen)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise TuneError(f"{file} cannot be written: {error.strerror}.") from error
