"""Which photo answers which query, as far as captions, classes and instances tell: 1 yes, 0 no, -1 not known.

What is neither said nor denied is left out rather than counted as wrong. A caption names what is prominent, so a word
counts as said when two of a photo's captions hold it, and as denied when none holds it or anything near to it; near is
what the text tower of the built-in encoder finds near, which looks at no photo. Only instances are complete.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.align.datasets import Example, imagenet_classes, training_split, validation_split, zero_shot_split
from lens.models.encoders.text_tower import TextTower

NEAR = 0.45
"""Cosine of two texts from which on one may be true of what the other is true of."""
SAME = 0.75
"""From which on it is."""
NUMBERS = frozenset({"two", "three"})
STEADY = 0.5
"""A word is prominent if another caption of the same photo holds it at least so often."""
FOR_FITTING = 0
FOR_JUDGING = 1
"""Which half of the classes of Caltech-101: every other one."""


@dataclass(frozen=True)
class Shown:
    """One photo, and all that is known to be in it."""

    path: Path
    captions: tuple[str, ...] = ()
    label: str = ""
    """Name of its class, with a definition where there is one."""
    categories: frozenset[str] | None = None
    """COCO categories with instances; None where nobody looked."""

    @property
    def texts(self) -> tuple[str, ...]:
        return self.captions or ((self.label,) if self.label else ())


@dataclass(frozen=True)
class Asked:
    """One query of a kind: caption, word, class or category."""

    text: str
    kind: str
    about: str = ""
    """The word, class or category that it asks for."""
    told: str = ""
    """The class with its definition, where there is one."""


def training_photos(data: Path) -> list[Shown]:
    """The photos that the heads were trained on, in the order of `training_split`."""
    classes = list(imagenet_classes().values())
    return [
        Shown(
            item.path,
            item.captions,
            "" if item.label is None else f"{classes[item.label][0][0]}: {_told(classes[item.label])}",
        )
        for item in training_split(data)
    ]


def _told(entry: tuple[tuple[str, ...], str]) -> str:
    return ", ".join(entry[0]) + "; " + entry[1]


def caltech_photos(data: Path, half: int) -> list[Shown]:
    """Photos of every other class of Caltech-101; the heads have seen none."""
    photos, names = zero_shot_split(data)
    return [Shown(item.path, label=names[item.label or 0]) for item in photos if (item.label or 0) % 2 == half]


def clothing_photos(data: Path, part: str) -> list[Shown]:
    """Clothes at home; `part` is train or test. The heads have seen none."""
    plain = {"longsleeve": "long-sleeved shirt", "outwear": "jacket"}
    return [
        Shown(path, label=plain.get(path.parent.name, path.parent.name))
        for path in sorted((data / "clothing" / part).glob("*/*.jpg"))
    ]


def judging_photos(data: Path) -> list[Shown]:
    """The COCO photos with instances, captioned or not, and the Flickr8k photos that judge."""
    content = json.loads((data / "coco" / "instances.json").read_bytes())
    names = {each["id"]: each["name"] for each in content["categories"]}
    held = defaultdict(set)
    for each in content["annotations"]:
        held[each["image_id"]].add(names[each["category_id"]])
    sets = validation_split(data)
    captions = {item.path.name: item.captions for item in sets["COCO"]}
    coco = [
        Shown(
            data / "coco" / "images" / each["file_name"],
            captions.get(each["file_name"], ()),
            categories=frozenset(held[each["id"]]),
        )
        for each in sorted(content["images"], key=lambda image: str(image["file_name"]))
    ]
    return coco + [Shown(item.path, item.captions) for item in sets["Flickr8k"]]


def examples(photos: Sequence[Shown]) -> list[Example]:
    return [Example(photo.path) for photo in photos]


class Relevance:
    """Judges pairs of query and photo; knows the texts of all photos it may be asked about."""

    def __init__(self, photos: Sequence[Shown], tower: TextTower) -> None:
        self._tower = tower
        texts = sorted({text for photo in photos for text in photo.texts})
        self._row = {text: row for row, text in enumerate(texts)}
        self._vectors = tower.encode(texts)

    def judge(self, query: Asked, photos: Sequence[Shown]) -> NDArray[np.int8]:
        """(n,) 1, 0 or -1 for each photo."""
        if query.kind == "example":
            return self._of_class(query.about, photos)
        near = (self._vectors @ self._tower.encode([query.about or query.text, query.told or query.text]).T).max(axis=1)
        word = re.compile(rf"\b{re.escape(query.about)}(s|es)?\b") if query.about else None
        return np.array([self._pair(query, word, near, photo) for photo in photos], np.int8)

    def _of_class(self, name: str, photos: Sequence[Shown]) -> NDArray[np.int8]:
        """Whether photos are of a class that a photo is of; what has captions and does not speak of it is not."""
        near = self._vectors @ self._tower.encode([name])[0]

        def pair(photo: Shown) -> int:
            if photo.label == name:
                return 1
            return 0 if photo.texts and max(near[self._row[text]] for text in photo.texts) < NEAR else -1

        return np.array([pair(photo) for photo in photos], np.int8)

    def _pair(self, query: Asked, word: "re.Pattern[str] | None", near: NDArray[np.float32], photo: Shown) -> int:
        if query.kind == "category" and photo.categories is not None:
            return int(query.about in photo.categories)
        if photo.captions:
            nearest = max(float(near[self._row[text]]) for text in photo.captions)
            if word is None:
                return 1 if nearest >= SAME else -1 if nearest >= NEAR else 0
            said = sum(bool(word.search(text.lower())) for text in photo.captions)
            return 1 if said > 1 else -1 if said or nearest >= NEAR else 0
        if not photo.label:
            return -1
        if query.about and query.about == photo.label.split(":")[0]:
            return 1
        return -1 if float(near[self._row[photo.label]]) >= NEAR or (word and word.search(photo.label.lower())) else 0


def prominent_words(photos: Sequence[Shown], least: int = 4) -> list[str]:
    """Words that captions of one photo agree on, and that at least so many photos have."""
    owned = [
        Counter(word for text in photo.captions for word in set(re.findall(r"[a-z]{3,}", text.lower())))
        for photo in photos
    ]
    texts = [len(photo.captions) for photo in photos]
    words = {word for counts in owned for word in counts}
    steady = []
    for word in sorted(words - NUMBERS):
        if word[-1] == "s" and word[:-1] in words:
            continue
        held = [(counts[word], total) for counts, total in zip(owned, texts, strict=True) if counts[word]]
        again = sum(count * (count - 1) for count, _ in held) / max(
            1, sum(count * (total - 1) for count, total in held)
        )
        if sum(count > 1 for count, _ in held) >= least and again >= STEADY:
            steady.append(word)
    return steady
