"""Fit the model of tags on training photos that heads encode which have not seen them; captions say what they show.

A category is taken for true of a photo if a caption holds its name, a synonym, or a category below it. Captions pass
over much, so that the probabilities of small things come out low.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from relevance import Shown, examples, training_photos
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from unseen import Fold, chosen, folds, whole

from lens.models.encoders.builtin import load_builtin
from lens.models.encoders.text_tower import TextTower
from lens.search.background import EVERYDAY_FILE, TEXTS_FILE
from lens.search.bands import calibration
from lens.search.evidence import FEATURES, Reference, evidence, presence
from lens.search.wording import Wording
from lens.tagging.likelihood import FLOOR, HIT, MODEL_FILE, UNUSED, TagModel, shares_of
from lens.tagging.scoring import entry_vectors
from lens.tagging.vocabulary import Vocabulary, load_vocabulary, shipped

VOCABULARIES = ("everyday", "coco")
IRREGULAR = {
    "man": "men", "woman": "women", "child": "children", "person": "people", "mouse": "mice", "knife": "knives",
    "leaf": "leaves", "goose": "geese", "gentleman": "gentlemen", "lady": "ladies",
}  # fmt: skip
TINY = 1e-6
Numbers = NDArray[np.float64]


class HeadsAsEncoder:
    """Heads that have not seen some photos, as an encoder of words."""

    def __init__(self, fold: Fold, tower: TextTower) -> None:
        self._fold, self._tower = fold, tower

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim) of n texts."""
        return self._fold.heads.encode_texts(self._tower.encode(list(texts)))


def fit(data: Path, seed: int = 0) -> None:
    """Fit, tell how well it goes on photos that were left out, and write the model."""
    photos = training_photos(data)
    daily = np.array([bool(photo.captions) for photo in photos])
    read = {name: load_vocabulary(name) for name in shipped()}
    words = sorted(
        {word.lower() for vocabulary in read.values() for entry in vocabulary.entries for word in entry.words}
    )
    said = spoken([photo for photo in photos if photo.captions], words)
    row_of = np.cumsum(daily) - 1
    parts: list[tuple[Numbers, NDArray[np.int8]]] = []
    good: list[NDArray[np.bool_]] = []
    seen, tower = whole(examples(photos), tell), TextTower()
    for fold in folds(data, seed, tell):
        held = fold.held_out[daily[fold.held_out]]
        others = np.setdiff1d(row_of[daily], row_of[held])
        shares = dict(zip(words, said[others].mean(axis=0).tolist(), strict=True))
        vectors = fold.heads.encode_photos(chosen(seen, held))
        files = (TEXTS_FILE, EVERYDAY_FILE)
        lines = [file.read_text(encoding="utf-8").splitlines() for file in files]
        wording = Wording(*(fold.heads.encode_texts(tower.encode(each)) for each in lines))
        reference = Reference.of(vectors, wording)
        for name in VOCABULARIES:
            texts = entry_vectors(read[name], HeadsAsEncoder(fold, tower))  # type: ignore[arg-type]
            inputs, hits = inputs_of(read[name], texts, vectors, reference, shares=shares)
            good.append(hits.ravel())
            parts.append((inputs, right_of(read[name], words, said[row_of[held]])))
    shares = {word: round(float(share), 5) for word, share in zip(words, said.mean(axis=0), strict=True) if share > 0}
    MODEL_FILE.write_text(
        json.dumps(_fitted(parts, np.concatenate(good)) | {"shares": shares}, indent=1) + "\n", encoding="utf-8"
    )


def spoken(photos: Sequence[Shown], words: Sequence[str]) -> NDArray[np.bool_]:
    """(n, w) whether a caption of a photo holds a word, in the singular or the plural."""
    forms = [re.compile(rf"\b({'|'.join(map(re.escape, _forms(word)))})\b") for word in words]
    texts = ["\n".join(photo.captions).lower() for photo in photos]
    return np.array([[bool(form.search(text)) for form in forms] for text in texts])


def _forms(word: str) -> list[str]:
    first, space, last = word.rpartition(" ")
    plural = IRREGULAR.get(last) or (last[:-1] + "ies" if last.endswith("y") else last + "s")
    return [word, first + space + plural, word + "es"]


def right_of(vocabulary: Vocabulary, words: Sequence[str], said: NDArray[np.bool_]) -> NDArray[np.int8]:
    """(n, k) whether each category is true of each photo, by the words that its captions hold."""
    column = {word: at for at, word in enumerate(words)}
    number = {entry.name: at for at, entry in enumerate(vocabulary.entries)}
    right = np.zeros((len(said), len(number)), np.int8)
    for entry in vocabulary.entries:
        true = said[:, [column[word.lower()] for word in entry.words]].any(axis=1)
        for name in vocabulary.path(entry.name):
            right[true, number[name]] = 1
    return right


def inputs_of(
    vocabulary: Vocabulary,
    texts: NDArray[np.float32],
    vectors: NDArray[np.float32],
    reference: Reference,
    *,
    shares: dict[str, float],
) -> tuple[Numbers, NDArray[np.bool_]]:
    """(n, k, len(FEATURES) + 1) what the model sees of n photos and k categories, and (n, k) which are good hits."""
    share_of = shares_of(vocabulary, TagModel(0, np.zeros(0), 0, shares, unheard=0.0))
    inputs, good = [], np.zeros((len(vectors), len(vocabulary.entries)), bool)
    for number, entry in enumerate(vocabulary.entries):
        order = np.argsort(-(vectors @ texts[number]), kind="stable")
        seen = np.empty((len(vectors), len(FEATURES)))
        found = evidence(reference, texts[number], vectors[order], len(entry.name.split()))
        judged = calibration("words").judge(found, presence(reference, texts[number], found))
        seen[order], good[order, number] = found, judged.chances >= HIT
        share = np.full((len(vectors), 1), np.log(share_of[entry.name] + FLOOR))
        inputs.append(np.hstack([seen, share]))
    return np.stack(inputs, axis=1), good


def _fitted(parts: Sequence[tuple[Numbers, NDArray[np.int8]]], good: NDArray[np.bool_]) -> dict[str, Any]:
    """The model, and how it does on photos that were left out."""
    kept = [at for at, name in enumerate(FEATURES) if name != UNUSED] + [len(FEATURES)]
    flat = [inputs.reshape(-1, inputs.shape[-1]) for inputs, _ in parts]
    rights = [right.ravel() for _, right in parts]
    groups = np.arange(len(parts)) // len(VOCABULARIES)
    chances = []
    for number, group in enumerate(groups):
        rest = np.flatnonzero(groups != group)
        weights, bias = _logistic([flat[at][:, kept] for at in rest], [rights[at] for at in rest])
        chances.append(1 / (1 + np.exp(-(flat[number][:, kept] @ weights + bias))))
    every, right = np.concatenate(chances), np.concatenate(rights) == 1
    print(
        f"left out: {len(right):,} pairs, {right.mean():.4f} right, "
        f"average precision {average_precision_score(right, every):.3f}; "
        f"of what is tagged {right[good].mean():.2f} are right, and {good[right].mean():.2f} of what is right is tagged"
    )
    weights, bias = _logistic([each[:, kept] for each in flat], rights)
    shares = np.concatenate([np.exp(inputs[0, :, -1]) - FLOOR for inputs, _ in parts])
    return {
        "about": "Fitted by benchmarks/tagging.py on training photos, with heads that had not seen them.",
        "encoder": f"builtin {load_builtin().info.revision}",
        "bias": round(bias, 5),
        "weights": {FEATURES[at]: round(float(weight), 5) for at, weight in zip(kept[:-1], weights, strict=False)},
        "said": round(float(weights[-1]), 5),
        "unheard": round(float(np.median(shares[shares > TINY])), 5),
    }


def _logistic(inputs: Sequence[Numbers], rights: Sequence[NDArray[np.int8]]) -> tuple[Numbers, float]:
    """Weights and bias for inputs as they are."""
    joined = np.concatenate(inputs)
    mean, deviation = joined.mean(axis=0), joined.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=3000).fit((joined - mean) / deviation, np.concatenate(rights))
    weights = model.coef_[0] / deviation
    return weights, float(model.intercept_[0] - mean @ weights)


def tell(stage: str, done: int, total: int) -> None:
    """Say that a stage is done."""
    if done == total:
        print(f"{stage}: {done}")
