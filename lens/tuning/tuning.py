"""Training the built-in encoder's tower on the photos of an index: what both faces call."""

import hashlib
import json
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.config import cache_folder
from lens.errors import TuneError
from lens.indexing.report import Progress, Report, nothing_to_tell
from lens.models.device import choose_compute
from lens.models.encoders.builtin import load_builtin
from lens.search.folders import Where, query_of
from lens.search.searcher import Searcher
from lens.tuning.choosing import Choice, choose
from lens.tuning.saving import check_free, check_name, save, save_pictures
from lens_indexes import Index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lens.selfsup.foreseeing import Foreseen
    from lens.selfsup.method import Method
    from lens.selfsup.training import Recipe

__all__ = ["ANCHOR", "BATCH", "EPOCHS", "LEARNING_RATE", "SIDE", "TunePlan", "TuneReport", "Tuning"]

EPOCHS, BATCH, SIDE, LEARNING_RATE, ANCHOR = 5, 32, 192, 1e-4, 10.0
"""Where nothing else is asked for; the side in pixels, the anchor as `Anchored` has it."""
LEAST_BATCHES = 4
"""Fewer photos than so many batches are refused: what tells them apart is soon known by heart."""


@dataclass(frozen=True)
class TunePlan:
    """What is to be trained, on which photos."""

    method: str
    name: str
    """Of the encoder that comes of it."""
    choice: Choice
    recipe: "Recipe"
    side: int
    anchor: float
    device: str
    run: str
    """Names the run: the same photos and settings, the same run."""
    where: tuple[str, ...]
    """The query or folders that the photos were asked for by; empty for all."""
    index: str
    """Which index has them."""

    @property
    def command(self) -> str:
        """What would be typed to train like this."""
        recipe = self.recipe
        options = {
            "name": self.name,
            "epochs": recipe.epochs,
            "batch": recipe.batch,
            "side": self.side,
            "learning-rate": recipe.learning_rate,
            "anchor": self.anchor,
            "seed": recipe.seed,
            "index": self.index,
        }
        named = [word for option, value in options.items() for word in (f"--{option}", str(value))]
        return shlex.join(["lens", "tune", self.method, *self.where, *named])

    @property
    def paths(self) -> list[Path]:
        """Of the photos."""
        return [photo.path for photo in self.choice.photos]

    @property
    def checkpoint(self) -> Path:
        """Where the run keeps how far it is."""
        return folder() / f"{self.run}.safetensors"


@dataclass(frozen=True)
class TuneReport:
    """What was trained."""

    method: str
    name: str
    photos: int
    held_out: int
    alike: int
    """Duplicates that were left out."""
    steps: int
    total: int
    seconds: float
    finished: bool
    """Whether all steps were done; otherwise the same command goes on."""
    curve: Sequence[dict[str, float]] = field(default_factory=list)
    """Of each epoch: loss, rank, alignment, uniformity."""
    pictures: Path | None = None
    """A sheet of what the method says of photos held out; None where there is nothing to see, or it is not finished."""


class Tuning:
    """Trains encoders on the photos of an index. Got from `Library.tuning`."""

    def __init__(self, index: Callable[[], Index], searcher: Searcher, device: str | None) -> None:
        self._index, self._searcher, self._device = index, searcher, device

    def plan(
        self,
        method: str,
        where: Where | None = None,
        *,
        name: str | None = None,
        epochs: int = EPOCHS,
        batch: int = BATCH,
        side: int = SIDE,
        learning_rate: float = LEARNING_RATE,
        anchor: float = ANCHOR,
        seed: int = 0,
        on_progress: Report = nothing_to_tell,
    ) -> TunePlan:
        """Choose photos, and check that they can be trained on.

        A fifth of all photos, the same that `Evaluation` judges by, is never trained on, nor are duplicates of them.

        Args:
            method: one of `lens.selfsup.methods.METHODS`.
            where: folders, or a query whose confident and likely hits are meant; by default all photos.
            name: of the encoder; by default `builtin-` and the method.
            epochs: how often each photo is seen.
            batch: photos at once.
            side: pixels of a view.
            learning_rate: the largest.
            anchor: how strongly vectors are held where the built-in encoder has them, 0 for not at all.
            seed: of all that is drawn by chance.
            on_progress: told while duplicates are looked for.

        Raises:
            TuneError: the extra `tune` is missing, there is no such method, the name is taken, or there are too few
                photos.
            QueryError: no photo answers.
        """
        if find_spec("lightly") is None:
            raise TuneError('Training needs more packages: pip install "lens-photos[tune]"')
        from lens.selfsup.methods import METHODS
        from lens.selfsup.training import Recipe

        if method not in METHODS:
            raise TuneError(f"There is no method {method!r}: choose {', '.join(METHODS)}.")
        named = name or f"builtin-{method}"
        check_name(named)
        if any(column.name == named for column in self._index().photos.encoders()):
            raise TuneError(f"The index has vectors of {named}: choose another --name, or lens encoders drop {named}.")
        choice = choose(where, self._index, self._searcher, on_progress)
        recipe = Recipe(epochs=epochs, batch=batch, learning_rate=learning_rate, seed=seed)
        hashes = sorted(photo.content_hash for photo in choice.photos)
        told = json.dumps([method, side, anchor, asdict(recipe), load_builtin().info.revision, hashes])
        run = hashlib.sha256(told.encode()).hexdigest()[:24]
        check_free(named, run)
        _check_count(len(choice.photos), batch, choice)
        device = choose_compute(self._device, None, None, "torch").device
        asked = () if where is None else tuple(query_of(where))
        return TunePlan(method, named, choice, recipe, side, anchor, device, run, asked, self._index().uri)

    def foresee(self, plan: TunePlan) -> "Foreseen":
        """What the training of a plan would take; a few steps are done to tell."""
        import numpy as np

        from lens.selfsup.decoded import decode_once
        from lens.selfsup.foreseeing import foresee

        pixels, _ = decode_once(plan.paths[: plan.recipe.batch], plan.side, folder())
        enough = np.resize(pixels, (plan.recipe.batch, *pixels.shape[1:]))  # some may be unreadable
        return foresee(_method(plan), enough, len(plan.choice.photos), plan.recipe, plan.device)

    def read(self, plan: TunePlan, on_progress: Report = nothing_to_tell) -> "NDArray[np.uint8]":
        """The photos of a plan that can be read, (n, side, side, 3), decoded once into the cache.

        Raises:
            TuneError: too few can be read, or there is no room for them.
        """
        from lens.selfsup.decoded import decode_once

        pixels, _ = decode_once(plan.paths, plan.side, folder(), on_progress)
        _check_count(len(pixels), plan.recipe.batch, plan.choice)
        return pixels

    def train(self, plan: TunePlan, on_progress: Report = nothing_to_tell) -> TuneReport:
        """Train, and keep the encoder; a run that was killed goes on from its checkpoint.

        Interrupted by Ctrl-C, it keeps the encoder as it then is, and says that it is not finished.

        Args:
            plan: of `plan`.
            on_progress: told of each step; what is done counts views' photos, in this process alone.

        Raises:
            TuneError: features collapsed or stopped being numbers, too few photos can be read, or there is no room.
        """
        from lens.selfsup.training import Step, steps_of, train

        pixels = self.read(plan)
        method, started, steps = _method(plan), time.monotonic(), list[Step]()
        total = steps_of(len(pixels), plan.recipe)

        def tell(step: Step) -> None:
            steps[:] = [*steps[:1], step]
            before = steps[0].done - 1
            done, left = (each * plan.recipe.batch for each in (step.done - before, step.total - before))
            on_progress(Progress(done, left, 0, f"loss {step.loss:.3f}"))

        curve: Sequence[dict[str, float]] = []
        done = total
        try:
            trained = train(
                method, pixels, plan.recipe, plan.checkpoint, what={"run": plan.run}, device=plan.device, on_step=tell
            )
            curve = trained.curve
            if trained.collapsed:
                raise TuneError(
                    f"After {trained.steps} steps the features no longer tell photos apart (rank "
                    f"{curve[-1]['rank']:.1f}, at first {curve[0]['rank']:.1f}): nothing is kept. Try a smaller "
                    "--learning-rate or a larger --anchor."
                )
        except KeyboardInterrupt:
            if not steps:
                raise
            done = steps[-1].done
        report = TuneReport(
            method=plan.method,
            name=plan.name,
            photos=len(pixels),
            held_out=plan.choice.held_out,
            alike=plan.choice.alike,
            steps=done,
            total=total,
            seconds=time.monotonic() - started,
            finished=done == total,
            curve=curve,
        )
        save(plan.name, method.backbone.network.state_dict(), _facts(plan, report))
        if not report.finished:
            return report
        plan.checkpoint.unlink(missing_ok=True)
        return replace(report, pictures=save_pictures(plan.name, method, plan.choice.shown, folder()))


def folder() -> Path:
    """Where decoded photos and checkpoints are kept."""
    return cache_folder() / "tune"


def _method(plan: TunePlan) -> "Method":
    import torch

    from lens.selfsup import methods
    from lens.selfsup.anchored import Anchored
    from lens.selfsup.tower import BuiltinTower

    torch.manual_seed(plan.recipe.seed)
    tower = BuiltinTower(load_builtin().heads)
    return Anchored(methods.METHODS[plan.method](tower, plan.side, plan.recipe.batch), plan.anchor)


def _facts(plan: TunePlan, report: TuneReport) -> dict[str, Any]:
    """What is kept beside the weights."""
    base = load_builtin().info
    return {
        "base": base.revision,
        "about": f"tuned by {plan.method} on {report.photos:,} photos",
        "embed_dim": base.dim,
        "image_size": base.min_side,
        "run": plan.run,
        "finished": report.finished,
        "recipe": asdict(plan.recipe) | {"side": plan.side, "anchor": plan.anchor},
        "curve": list(report.curve),
    }


def _check_count(count: int, batch: int, choice: Choice) -> None:
    if count < LEAST_BATCHES * batch:
        raise TuneError(
            f"{count:,} photos are too few to train on: at least {LEAST_BATCHES * batch:,} are needed for a batch of "
            f"{batch} ({choice.held_out:,} are held out to judge by, {choice.alike:,} are duplicates). Index more, ask "
            "for more, or --batch less."
        )
