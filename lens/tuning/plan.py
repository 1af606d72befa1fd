"""What is to be trained, and what was."""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lens.config import cache_folder
from lens.curation.collection import CuratedPhoto
from lens.tuning.captions import Captions
from lens.tuning.choosing import Choice, left_out
from lens.tuning.networks import Start

if TYPE_CHECKING:
    from lens.selfsup.language import Lock
    from lens.selfsup.training import Recipe

__all__ = ["ALIGN", "TunePlan", "TuneReport", "folder", "run_of"]

ALIGN = "align"
"""The method whose towers both stay as they are."""
LEAST_BATCHES = 4
ENOUGH_FOR_HEADS = 64
"""Photos."""


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
    start: Start
    """The network."""
    before: str
    """The encoder to judge by: what the network was, or what searches use where it was none."""
    captions: Captions | None = None
    """What is said of the photos, where the method learns from words."""
    lock: "Lock" = "none"
    """Which tower is then not trained."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Where captions come from, as it is typed."""

    @property
    def command(self) -> str:
        """What would be typed to train like this."""
        recipe = self.recipe
        options: dict[str, object] = {
            "name": self.name,
            "epochs": recipe.epochs,
            "batch": recipe.batch,
            "side": self.side,
            "learning-rate": recipe.learning_rate,
            "anchor": self.anchor,
            "seed": recipe.seed,
            "index": self.index,
            "backbone": self.start.backbone,
            "train": self.start.trained,
        } | dict(self.options)
        named = [word for option, value in options.items() for word in (f"--{option}", str(value))]
        return shlex.join(["lens", "tune", self.method, *self.where, *named])

    @property
    def heads_alone(self) -> bool:
        """Whether no tower is trained, so that what they see is computed once."""
        return self.method == ALIGN

    @property
    def least(self) -> int:
        """Photos at the least: fewer than so many batches are soon known by heart. Heads alone are well held back."""
        batches = LEAST_BATCHES * self.recipe.batch
        return min(batches, ENOUGH_FOR_HEADS) if self.heads_alone else batches

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
    burst: int
    """Photos of long bursts that were."""
    steps: int
    total: int
    seconds: float
    finished: bool
    """Whether all steps were done; otherwise the same command goes on."""
    curve: Sequence[dict[str, float]] = field(default_factory=list)
    """Of each epoch: loss, rank, alignment, uniformity."""
    pictures: Path | None = None
    """A sheet of what the method says of photos held out; None where there is nothing to see, or it is not finished."""
    attention: Path | None = None
    """A sheet of where the network looks in them; None if it is no vision transformer, or it is not finished."""

    @classmethod
    def of(
        cls,
        plan: TunePlan,
        photos: int,
        *,
        steps: int,
        total: int,
        seconds: float,
        curve: Sequence[dict[str, float]] = (),
    ) -> "TuneReport":
        """What came of a plan, on so many photos that could be read."""
        left = plan.choice
        return cls(
            plan.method, plan.name, photos, left.held_out, left.alike, left.burst,
            steps, total, seconds, steps == total, curve,
        )  # fmt: skip

    @property
    def others(self) -> str:
        """The photos that were not learned from, in words."""
        return left_out(self.held_out, self.alike, self.burst)


def run_of(photos: Sequence[CuratedPhoto], *settings: object) -> str:
    """The name of a run over some photos, in whatever order, with settings that are plain JSON."""
    told = json.dumps([*settings, sorted(photo.content_hash for photo in photos)])
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def folder() -> Path:
    """Where decoded photos and checkpoints are kept."""
    return cache_folder() / "tune"
