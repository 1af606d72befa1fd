"""Train the heads of the built-in encoder from a folder of photos with captions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.align.classes import build_conse, class_texts
from lens.align.datasets import Example, training_split
from lens.align.features import VIEWS, Progress, view_features
from lens.align.heads import Standardiser, make_pair, to_projection
from lens.align.objective import Objective, contrastive_loss, sigmoid_loss
from lens.align.regression import fit_regression
from lens.models.encoders.heads import Heads, Projection, Shares
from lens.models.encoders.text_tower import TextTower

__all__ = ["Recipe", "fit_heads", "train_heads", "train_projection"]


@dataclass(frozen=True)
class Recipe:
    """How the heads are trained; every value was chosen by cross-validation on the training photos."""

    objective: Objective = "clip"
    dim: int = 256
    projections: int = 2
    """Independent pairs of heads, from different seeds; their parts of the vector stand side by side."""
    epochs: int = 30
    batch: int = 256
    captions: int = 5
    """Captions of each photo in a step."""
    learning_rate: float = 2e-3
    weight_decay: float = 0.1
    image_dropout: float = 0.7
    text_dropout: float = 0.2
    ridge: float = 1e-3
    """Of the regression, as a share of its kernel's trace."""
    weights: Mapping[str, float] = field(default_factory=lambda: {"imagenet-sample": 1.0, "flickr8k": 2.0, "coco": 4.0})
    """How much a photo of each set counts in the regression."""
    shares: Shares = field(default_factory=lambda: Shares(alignment=0.35, regression=0.35, conse=0.3))


def train_heads(data: Path, seed: int, progress: Progress, recipe: Recipe | None = None) -> Heads:
    """Heads trained on the training split of `data`; the same seed on the same machine gives the same heads.

    Raises:
        FolderError: the folder does not hold the training photos.
        PhotoError: one of them cannot be read.
    """
    examples = training_split(data)
    views = [view_features(examples, view, seed, progress) for view in VIEWS]
    weights = (recipe or Recipe()).weights
    counts = [weights[item.path.relative_to(data).parts[0]] for item in examples]
    return fit_heads(examples, views, counts, seed=seed, progress=progress, recipe=recipe)


def fit_heads(
    examples: Sequence[Example],
    views: Sequence[NDArray[np.float32]],
    counts: Sequence[float],
    *,
    seed: int,
    progress: Progress,
    recipe: Recipe | None = None,
) -> Heads:
    """Heads trained on photos whose features are known.

    Args:
        views: (n, 3912) features of the n photos, for each view.
        counts: how much each photo counts in the regression.
    """
    recipe = recipe or Recipe()
    tower = TextTower()
    texts, owned = _texts(examples)
    progress("captions", 0, len(texts))
    embeddings = tower.encode(texts)
    progress("captions", len(texts), len(texts))
    standard = Standardiser(views[0])
    inputs = np.stack([standard(view) for view in views])
    weights = np.array(counts, np.float32)
    progress("regression", 0, 1)
    captions = [embeddings[rows] for rows in owned]
    regression = fit_regression(inputs, captions, weights / weights.mean(), standard, recipe.ridge)
    progress("regression", 1, 1)
    projections = []
    for number in range(recipe.projections):

        def report(_: str, done: int, total: int, stage: str = f"heads {number + 1}") -> None:
            progress(stage, done, total)

        projections.append(
            train_projection(inputs, embeddings, owned, standard, seed=seed + number, progress=report, recipe=recipe)
        )
    return Heads(projections, regression, build_conse(tower), recipe.shares)


def train_projection(
    inputs: NDArray[np.float32],
    embeddings: NDArray[np.float32],
    owned: Sequence[NDArray[np.int64]],
    standard: Standardiser,
    *,
    seed: int,
    progress: Progress,
    recipe: Recipe,
) -> Projection:
    """One pair of heads.

    Args:
        inputs: (views, n, d) standardised features of n photos.
        embeddings: (m, 384) text embeddings.
        owned: for each photo, the rows of `embeddings` that describe it.
    """
    import torch

    rng = np.random.default_rng(seed)
    photos, texts = torch.from_numpy(inputs), torch.from_numpy(embeddings)
    steps = recipe.epochs * -(-len(owned) // recipe.batch)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        pair = make_pair(inputs.shape[2], embeddings.shape[1], recipe.dim, (recipe.image_dropout, recipe.text_dropout))
        optimizer = torch.optim.AdamW(pair.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, recipe.learning_rate, total_steps=steps)
        for epoch in range(recipe.epochs):
            order = rng.permutation(len(owned))
            for start in range(0, len(order), recipe.batch):
                chosen = order[start : start + recipe.batch]
                view = rng.integers(0, len(inputs), len(chosen))
                drawn = np.concatenate([_draw(owned[index], recipe.captions, rng) for index in chosen])
                belongs = torch.eye(len(chosen), dtype=torch.bool).repeat_interleave(recipe.captions, dim=1)
                joined = pair.photos(photos[view, chosen]), pair.texts(texts[drawn]), belongs, pair.scale()
                siglip = recipe.objective == "siglip"
                loss = sigmoid_loss(*joined, pair.bias) if siglip else contrastive_loss(*joined)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
            progress("heads", epoch + 1, recipe.epochs)
    return to_projection(pair, standard)


def _texts(examples: Sequence[Example]) -> tuple[list[str], list[NDArray[np.int64]]]:
    """All captions in a row, and for each photo which of them are its own."""
    of_class = class_texts()
    texts: list[str] = []
    owned = []
    for item in examples:
        own = item.captions if item.label is None else of_class[item.label]
        owned.append(np.arange(len(texts), len(texts) + len(own)))
        texts += own
    return texts, owned


def _draw(rows: NDArray[np.int64], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.choice(rows, count, replace=len(rows) < count)
