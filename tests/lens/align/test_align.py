"""The loss, the splits, the measures and the training loop."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lens.align.datasets import imagenet_classes, training_split, validation_split, zero_shot_split
from lens.align.evaluate import estimate, ranks_of_photos
from lens.align.heads import Standardiser
from lens.align.objective import Objective, contrastive_loss, sigmoid_loss
from lens.align.regression import fit_regression
from lens.align.train import Recipe, train_projection
from lens.models.encoders.conse import unit
from lens.models.encoders.heads import Projection

BELONGS = [[1, 1, 0, 0, 1], [0, 0, 1, 0, 1], [0, 0, 0, 1, 0]]
"""Which of five texts describe which of three photos: the last describes two of them."""


def drawn() -> tuple[torch.Tensor, ...]:
    """Photos, texts, scale and bias that gradients are asked of."""
    rng = np.random.default_rng(0)
    values = unit(rng.normal(size=(3, 4))), unit(rng.normal(size=(5, 4))), 7.0, -2.0
    return tuple(torch.tensor(each, dtype=torch.float64, requires_grad=True) for each in values)


def test_loss_and_its_gradient_agree_with_a_naive_loop() -> None:
    photos, texts, scale, _ = drawn()
    score = [[scale * (photos[p] * texts[t]).sum() for t in range(5)] for p in range(3)]
    slow = torch.zeros((), dtype=photos.dtype)
    for p in range(3):
        total = sum(score[p][t].exp() for t in range(5))
        own = [t for t in range(5) if BELONGS[p][t]]
        slow = slow - sum((score[p][t].exp() / total).log() for t in own) / len(own) / 3 / 2
    for t in range(5):
        total = sum(score[p][t].exp() for p in range(3))
        own = [p for p in range(3) if BELONGS[p][t]]
        slow = slow - sum((score[p][t].exp() / total).log() for p in own) / len(own) / 5 / 2
    fast = contrastive_loss(photos, texts, torch.tensor(BELONGS).bool(), scale)
    torch.testing.assert_close(fast, slow)
    learned = (photos, texts, scale)
    torch.testing.assert_close(torch.autograd.grad(fast, learned), torch.autograd.grad(slow, learned))


def test_sigmoid_loss_and_its_gradient_agree_with_a_naive_loop() -> None:
    photos, texts, scale, bias = drawn()
    slow = torch.zeros((), dtype=photos.dtype)
    for t in range(5):
        for p in range(3):
            logit = scale * (photos[p] * texts[t]).sum() + bias
            slow = slow + torch.log(1 + torch.exp(-logit if BELONGS[p][t] else logit)) / 5
    fast = sigmoid_loss(photos, texts, torch.tensor(BELONGS).bool(), scale, bias)
    torch.testing.assert_close(fast, slow)
    learned = (photos, texts, scale, bias)
    torch.testing.assert_close(torch.autograd.grad(fast, learned), torch.autograd.grad(slow, learned))


def test_ranks_count_ties_against_the_encoder() -> None:
    gallery = np.eye(3, dtype=np.float32)
    assert ranks_of_photos(gallery, gallery, np.arange(3)).tolist() == [0, 0, 0]
    assert ranks_of_photos(np.ones((2, 3), np.float32), gallery, np.array([0, 2])).tolist() == [2, 2]


def test_the_interval_is_over_photos() -> None:
    """Ten captions of each photo agree, so they say no more than one of each."""
    hits = np.arange(100) % 2
    alone = estimate(hits, 1, np.arange(100))
    repeated = estimate(np.repeat(hits, 10), 1, np.repeat(np.arange(100), 10))
    assert alone == repeated
    assert alone.value == 50.0
    assert 38 < alone.low < 43  # 50 ± 1.96 × 5
    assert 57 < alone.high < 62


@pytest.mark.parametrize("objective", ["clip", "siglip"])
def test_training_joins_what_belongs_together_and_repeats(objective: Objective) -> None:
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(80, 8)).astype(np.float32)
    features = hidden @ rng.normal(size=(8, 20)).astype(np.float32) + 5
    texts = unit(hidden @ rng.normal(size=(8, 12)).astype(np.float32))
    standard, owned = Standardiser(features), [np.array([row]) for row in range(80)]
    recipe = Recipe(
        objective=objective,
        dim=8,
        epochs=60,
        batch=40,
        captions=1,
        image_dropout=0.1,
        text_dropout=0.0,
        learning_rate=1e-2,
    )

    def train(pairs: list[NDArray[np.int64]] = owned) -> Projection:
        inputs = standard(features)[None]
        return train_projection(inputs, texts, pairs, standard, seed=3, progress=lambda *_: None, recipe=recipe)

    first, second = train(), train()
    assert all(np.array_equal(value, getattr(second, name)) for name, value in vars(first).items())
    ranks = ranks_of_photos(first.texts(texts), first.photos(features), np.arange(80))
    assert (ranks == 0).mean() > 0.8
    shuffled = train([owned[row] for row in rng.permutation(80)])
    ranks = ranks_of_photos(shuffled.texts(texts), shuffled.photos(features), np.arange(80))
    assert (ranks == 0).mean() < 0.2


def test_the_regression_solves_the_weighted_ridge_problem() -> None:
    """Against the normal equations, which the kernel avoids."""
    rng = np.random.default_rng(0)
    views = rng.normal(size=(2, 6, 9)).astype(np.float32)
    captions = [unit(rng.normal(size=(count, 3)).astype(np.float32)) for count in (1, 2, 3, 1, 2, 3)]
    weights = np.array([2, 2, 2, 0.5, 0.5, 0.5], np.float32)
    standard = Standardiser(rng.normal(size=(50, 9)).astype(np.float32) + 4)
    fitted = fit_regression(views, captions, weights, standard, ridge=0.01)
    seen = views.reshape(12, 9).astype(np.float64)
    means = np.stack([unit(each.mean(axis=0)) for each in captions]).astype(np.float64)
    said = np.tile(means - means.mean(axis=0), (2, 1))
    many = np.diag(np.tile(weights, 2))
    held_back = 0.01 * np.trace(seen @ seen.T * np.sqrt(np.outer(np.diag(many), np.diag(many)))) * np.eye(9)
    expected = np.linalg.solve(seen.T @ many @ seen + held_back, seen.T @ many @ said)
    raw = seen * standard.deviation + standard.mean
    np.testing.assert_allclose(raw @ fitted.weight + fitted.bias, seen @ expected, atol=1e-4)


def test_splits_are_disjoint_and_of_the_stated_sizes(shared_data: Path) -> None:
    training = {item.path for item in training_split(shared_data)}
    validation = validation_split(shared_data)
    judged = {item.path for items in validation.values() for item in items}
    objects, names = zero_shot_split(shared_data)
    assert len(training) == 700 + 91 + 1000
    assert {name: len(items) for name, items in validation.items()} == {"COCO": 94, "Flickr8k": 100}
    assert (len(objects), len(names)) == (1300, 100)
    assert not training & (judged | {item.path for item in objects})


def test_classes_have_names_and_definitions() -> None:
    classes = imagenet_classes()
    assert len(classes) == 1000
    names, definition = classes["n01440764"]
    assert names == ("tench", "Tinca tinca")
    assert definition.startswith("freshwater")
    assert all(names and definition for names, definition in classes.values())
