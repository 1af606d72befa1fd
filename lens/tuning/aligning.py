"""`align`: heads that join the built-in encoder's two towers, learned anew from captions of somebody's own photos.

Neither tower is trained (LiT, arXiv:2111.07991, with both locked), so that what they see is computed once. The new
pairs of heads stand beside those that the encoder came with: what these know of other photos stays.
"""

import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lens.align.datasets import Example
from lens.align.features import VIEWS, features_of
from lens.align.features import Progress as Seen
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

__all__ = ["TRIED", "foresee_heads", "heads_beside", "steps_of_heads", "train_aligned"]

FEATURES, EMBEDDING = 3912, 384
"""Numbers of what the towers see of a photo, and of a text."""
TRIED = 128
"""Photos by which it is told how long all take."""
AT_ONCE = 3
"""Copies of what is seen of all photos that are held while they are learned from."""


def steps_of_heads(photos: int, recipe: "Steps") -> int:
    """The steps of training new pairs of heads on so many photos."""
    return Recipe().projections * recipe.epochs * -(-photos // recipe.batch)


def foresee_heads(plan: TunePlan, pixels: "NDArray[np.uint8]") -> "Foreseen":
    """What a training would take, from looking at a few photos and an epoch over random words.

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
    texts = np.random.default_rng(0).standard_normal((len(inputs[0]), EMBEDDING), np.float32)
    owned = [np.array([number]) for number in range(len(texts))]
    started = time.monotonic()
    once = replace(_own(plan.recipe), epochs=1)
    train_projection(inputs, texts, owned, Standardiser(inputs[0]), seed=0, progress=_untold, recipe=once)
    learning = (time.monotonic() - started) / len(texts) * plan.recipe.epochs * once.projections
    held = AT_ONCE * count * len(VIEWS) * FEATURES * inputs.itemsize
    return Foreseen(
        steps_of_heads(count, plan.recipe),
        count * (len(VIEWS) * looking + learning),
        psutil.Process().memory_info().rss + held,
    )


def train_aligned(plan: TunePlan, photos: "Decoded", total: int, on_progress: Report) -> TuneReport:
    """Train, and keep the encoder, as `Tuning.train` does; stopped, it has kept what the tower saw.

    It comes to the same bytes whenever it is stopped and goes on.

    Args:
        plan: of `Tuning.plan`, with captions.
        photos: as `decoded` has them.
        total: steps.
        on_progress: told of photos that are looked at, once for each view, then of those that are learned from.

    Raises:
        TuneError: there is no room for what the tower sees, or for the encoder.
    """
    started = time.monotonic()
    pixels, numbers = photos
    said = plan.captions.of if plan.captions else {}
    captions = [said[plan.choice.photos[number].id] for number in numbers.tolist()]
    files = _files(plan, numbers)

    def tell(stage: str, done: int, all_: int) -> None:
        if stage.startswith("heads"):
            on_progress(Progress(done * len(captions), all_ * len(captions), 0, stage))

    views = _seen(files, pixels, plan.recipe.seed, on_progress)
    heads = heads_beside(load_builtin().heads, captions, views, plan.recipe, tell)
    report = TuneReport.of(plan, len(pixels), steps=total, total=total, seconds=time.monotonic() - started)
    facts = facts_of(plan, report) | {"embed_dim": heads.dim}
    save(plan.name, plan.start.loader, lambda folder: heads.save(folder / HEADS), facts)
    for file in files:
        file.unlink(missing_ok=True)
    return report


def heads_beside(
    before: Heads,
    captions: Sequence[Sequence[str]],
    views: Sequence["NDArray[np.float32]"],
    recipe: "Steps",
    progress: Seen,
) -> Heads:
    """Heads with new pairs beside those there were, which share what pairs count for, and a new regression.

    Args:
        before: the heads there were.
        captions: of each of n photos, one or more.
        views: (n, 3912) of the photos, for each of `lens.align.features.VIEWS`.
        recipe: epochs, batch, learning rate and seed; what else there is to choose is as `lens.align.train` has it.
        progress: told of epochs.
    """
    examples = [Example(Path(), tuple(texts)) for texts in captions]
    new = fit_heads(examples, views, [1.0] * len(examples), seed=recipe.seed, progress=progress, recipe=_own(recipe))
    pairs = [*before.projections, *new.projections]
    return replace(before, projections=pairs, regression=new.regression, sha256="unsaved")


def _seen(
    files: Sequence[Path], pixels: "NDArray[np.uint8]", seed: int, on_progress: Report
) -> list["NDArray[np.float32]"]:
    """What the tower of photos sees, (n, 3912) for each view, read where a run that was stopped has kept it."""
    found = []
    for number, (view, file) in enumerate(zip(VIEWS, files, strict=True)):

        def tell(_: str, done: int, total: int, before: int = number) -> None:
            on_progress(Progress(before * total + done, len(VIEWS) * total, 0, "looking"))

        seen = _kept(file, len(pixels))
        if seen is None:
            seen = image_inputs(features_of(lambda each: Image.fromarray(pixels[each]), len(pixels), view, seed, tell))
            _keep(file, seen)
        found.append(seen)
    return found


def _own(recipe: "Steps") -> Recipe:
    return replace(Recipe(), epochs=recipe.epochs, batch=recipe.batch, learning_rate=recipe.learning_rate)


def _untold(stage: str, done: int, total: int) -> None:
    """Progress of what is only tried."""


def _files(plan: TunePlan, numbers: "NDArray[np.int64]") -> list[Path]:
    """Where what is seen of these photos is kept, by view."""
    name = hashlib.sha256(plan.run.encode() + numbers.tobytes()).hexdigest()[:24]
    return [folder() / f"{name}.{number}.npy" for number in range(len(VIEWS))]


def _kept(file: Path, photos: int) -> "NDArray[np.float32] | None":
    """What is in a file, if it is whole."""
    with suppress(OSError, ValueError, EOFError):
        seen: NDArray[np.float32] = np.load(file)
        if seen.shape == (photos, FEATURES):
            return seen
    return None


def _keep(file: Path, seen: "NDArray[np.float32]") -> None:
    part = file.with_suffix(".part")
    try:
        with part.open("wb") as stream:
            np.save(stream, seen)
        part.replace(file)
    except OSError as error:
        raise TuneError(f"{file} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
