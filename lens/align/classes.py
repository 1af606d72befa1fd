"""Texts for photos that have a class instead of captions, and ConSE's embeddings of the class names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lens.align.datasets import imagenet_classes
from lens.models.encoders.conse import ConSE, unit
from lens.models.encoders.text_tower import TextTower

__all__ = ["PROMPTS", "build_conse", "class_texts"]

PROMPTS = ("{}", "a photo of a {}.")
"""How a class name is put to the text tower; the embeddings of the two are averaged."""
TEMPERATURE = 2.0
"""Chosen by cross-validation over 1, 1.4, 2 and 2.9: half-likely classes say more than the likeliest alone."""
DEFINITION_WEIGHT = 0.5


def class_texts() -> list[tuple[str, ...]]:
    """For each ImageNet class, what serves as its captions: its name, a prompt, its names with their definition."""
    return [
        (names[0], PROMPTS[1].format(names[0]), f"{names[0]}: {definition}")
        for names, definition in imagenet_classes().values()
    ]


def build_conse(tower: TextTower) -> ConSE:
    """Each class as the mean of its WordNet names, a prompt and its definition, less what all of them share."""
    classes = list(imagenet_classes().values())
    names = np.stack([tower.encode(each).mean(axis=0) for each, _ in classes])
    prompts = tower.encode([PROMPTS[1].format(each[0]) for each, _ in classes])
    defined = tower.encode([f"{each[0]}: {definition}" for each, definition in classes])
    embeddings = unit(unit(names) + prompts + DEFINITION_WEIGHT * defined)
    mean = embeddings.mean(axis=0)
    return ConSE(embeddings - mean, mean, TEMPERATURE)


def prompt_mean(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(n, d) unit vectors: the mean of what each prompt gave for n names."""
    return unit(np.mean(np.stack(vectors), axis=0))
