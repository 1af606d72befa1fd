"""The protocol of full fine-tuning: how well a network tells classes apart once all its weights have learned them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lens.curation.collection import load
from lens.errors import EvaluationError
from lens.evaluation.evaluation import Evaluated, evaluated
from lens.evaluation.labels import classes_of
from lens.evaluation.protocols import few
from lens.evaluation.task import task_of
from lens.indexing.report import Progress, Report
from lens.tuning.networks import whole_network
from lens_indexes import Index

if TYPE_CHECKING:
    from lens.selfsup.training import Recipe, Step

__all__ = ["Finetuning"]

DRAWS = 3
"""How often few photos are drawn anew; each draw is a training."""
LEAST_STEPS = 200
"""Of a training on few photos, whatever its epochs."""


@dataclass(frozen=True)
class Finetuning:
    """Trains networks on the photos of an index whose class is known, and judges them by those that are held out."""

    index: Index
    recipe: "Recipe"
    side: int
    """Pixels of what the networks see."""
    device: str
    folder: Path
    """Where decoded photos are kept."""

    def evaluate(self, encoders: Sequence[str], labels: str, shots: int | None, on_progress: Report) -> Evaluated:
        """As `Tuning.finetune` has it."""
        from lens.selfsup.decoded import decode_once

        photos = load(self.index)
        task = task_of(photos, classes_of(labels, photos, self.index))
        learned, judged = (
            decode_once([photos[number].path for number in some], self.side, self.folder, on_progress)
            for some in (task.learned, task.judged)
        )
        task = replace(
            task,
            learned=task.learned[learned[1]],
            taught=task.taught[learned[1]],
            judged=task.judged[judged[1]],
            asked=task.asked[judged[1]],
        )
        if len(np.unique(task.taught)) < 2:
            raise EvaluationError("Too few of the photos whose class is known can be read: is their drive mounted?")
        draws = [few(task.taught, shots, seed) for seed in range(DRAWS)] if shots else [np.arange(len(task.taught))]
        scores: dict[str, NDArray[np.floating]] = {}
        for place, name in enumerate(encoders):
            told = [
                self._told(
                    name, learned[0][some], task.taught[some], judged[0],
                    _teller(on_progress, place * len(draws) + number, len(encoders) * len(draws)),
                )
                for number, some in enumerate(draws)
            ]  # fmt: skip
            scores[name] = np.mean([each == task.asked for each in told], axis=0, dtype=np.float64)
        return evaluated("finetune", shots, task, scores)

    def _told(
        self,
        name: str,
        photos: NDArray[np.uint8],
        classes: NDArray[np.int64],
        judged: NDArray[np.uint8],
        on_progress: Report,
    ) -> NDArray[np.int64]:
        """(m,) what a network tells of the judged photos once it has learned from the others."""
        from lens.selfsup.finetuning import finetuned

        steps = math.ceil(len(photos) / self.recipe.batch)
        recipe = replace(self.recipe, epochs=max(self.recipe.epochs, math.ceil(LEAST_STEPS / steps)))

        def tell(step: "Step") -> None:
            on_progress(Progress(step.done, step.total, 0, f"loss {step.loss:.3f}"))

        network = whole_network(name, self.side)
        return finetuned(network, photos, classes, judged, recipe, device=self.device, on_step=tell)


def _teller(on_progress: Report, number: int, trainings: int) -> Report:
    """Tells of one training as a part of all of them."""

    def tell(progress: Progress) -> None:
        total = progress.total or 0
        on_progress(replace(progress, done=number * total + progress.done, total=trainings * total))

    return tell
