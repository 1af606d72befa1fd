"""The installed encoders side by side on the user's own photos: how quick each is, and how well it knows them.

What the photos show is not known, so weak labels stand in: the folder a photo lies in, and the words in its file name.
They say which encoder sorts and names these photos more as their owner did, not how good it is at anything else.
"""

import json
import random
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lens.config import cache_folder
from lens.errors import PhotoError, QueryError
from lens.evaluation.intervals import Share, share_of
from lens.models import load
from lens.models.encoders.base import ImageEncoder, TextEncoder, Vectors, encode_in_batches
from lens.models.listing import listed
from lens.models.weights import replace_file
from lens.photos.decode import read_photo

__all__ = [
    "Comparison",
    "compare",
    "compare_on",
    "compared_before",
    "comparison_of",
    "installed_encoders",
    "recommendation",
]

NEIGHBOURS = 5
FOUND_WITHIN = 5
SAMPLE = 200  # photos


@dataclass(frozen=True)
class Comparison:
    """One encoder on a sample of photos."""

    encoder: str
    photos: int
    photos_per_second: float
    """In the network alone; reading and resizing left out."""
    folders: Share | None
    """Of photos whose five nearest are mostly from the folder they lie in themselves; None with fewer than two folders
    of two photos."""
    chance: float | None
    """The share that always naming the largest folder would have."""
    names: Share | None
    """Of photos that are among the first five for the words of their file name; None if no name has words, or the
    encoder knows none."""


def compare(photos: Sequence[Path], encoders: Sequence[ImageEncoder]) -> list[Comparison]:
    """Encode photos with each encoder, each read once, and judge the vectors.

    Raises:
        QueryError: none of the photos can be read.
    """
    side = max(encoder.info.min_side for encoder in encoders)
    read: list[Path] = []
    prepared: list[list[object]] = [[] for _ in encoders]
    for path in photos:
        try:
            image = read_photo(path, min_side=side).image
        except PhotoError:
            continue
        read.append(path)
        for inputs, encoder in zip(prepared, encoders, strict=True):
            inputs.append(encoder.prepare(image))
    if not read:
        raise QueryError("None of the photos of the index can be read: is their drive mounted?")
    return [_judge(read, encoder, inputs) for encoder, inputs in zip(encoders, prepared, strict=True)]


def compare_on(
    photos: Sequence[Path], names: Sequence[str] = (), *, count: int = SAMPLE, device: str | None = None
) -> list[Comparison]:
    """Compare installed encoders on a sample of photos, and keep what came of it for `compared_before`.

    Args:
        photos: of an index.
        names: of encoders; by default all that are installed.
        count: how many photos to try them on.
        device: as `lens.models.load` takes it.

    Raises:
        QueryError: none of the photos can be read.
        ModelError: an encoder cannot be loaded.
    """
    tried = random.Random(0).sample(list(photos), min(count, len(photos)))
    found = compare(tried, [load(name, device=device) for name in names or installed_encoders()])
    _keep(found)
    return found


def installed_encoders() -> list[str]:
    """The encoders that can be used now."""
    return [model.name for model in listed() if model.task == "encoder" and model.installed == "yes"]


def compared_before() -> dict[str, Comparison]:
    """What the last comparison of each encoder on this machine found, by name."""
    try:
        held = json.loads(_file().read_text(encoding="utf-8"))
        return {name: comparison_of(fields) for name, fields in held.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # there is none, or it is of another version
        return {}


def _keep(found: Sequence[Comparison]) -> None:
    """A cache that cannot be written is no reason to fail."""
    held = compared_before() | {each.encoder: each for each in found}
    with suppress(OSError):
        replace_file(_file(), json.dumps({name: asdict(each) for name, each in held.items()}).encode())


def comparison_of(fields: dict[str, Any]) -> Comparison:
    """What was kept or told as JSON."""
    shares = {name: Share(**fields[name]) if fields[name] else None for name in ("folders", "names")}
    return Comparison(**(fields | shares))


def _file() -> Path:
    return cache_folder() / "comparison.json"


def recommendation(compared: Sequence[Comparison], collection: int) -> str:
    """Which encoder to take, in words.

    Args:
        collection: how many photos there are to encode.
    """
    judged = [each for each in compared if each.folders or each.names]
    if not judged:
        return "Neither folders nor file names say what these photos show, so that only the speeds mean anything."
    best = max(judged, key=_quality)
    # One whose figure lies within the best one's interval is not shown to be worse.
    as_good = [each for each in judged if _quality(each) >= (best.folders or best.names or Share(0, 0, 0, 0)).low]
    quickest = max(as_good, key=lambda each: each.photos_per_second)
    minutes = collection / quickest.photos_per_second / 60
    took = "less than a minute" if minutes < 1 else f"about {minutes:,.0f} minutes"
    cost = f"{collection:,} photos take it {took}"
    if len(judged) == 1:
        return f"{quickest.encoder} is the only one that can be judged here; {cost}."
    if quickest is best:
        return f"{best.encoder} knows these photos best; {cost}."
    return f"{quickest.encoder}: {best.encoder} is not shown to be better here, and is slower; {cost}."


def _quality(compared: Comparison) -> float:
    share = compared.folders or compared.names
    return share.value if share else 0.0


def _judge(photos: Sequence[Path], encoder: ImageEncoder, inputs: list[object]) -> Comparison:
    encoder.encode_prepared(inputs[:1])  # loads the network
    started = time.perf_counter()
    vectors = encode_in_batches(encoder, inputs)
    seconds = time.perf_counter() - started
    folders, chance = _folders(photos, vectors)
    return Comparison(
        encoder.info.name, len(photos), len(photos) / seconds, folders, chance, _names(photos, vectors, encoder)
    )


def _folders(photos: Sequence[Path], vectors: Vectors) -> tuple[Share | None, float | None]:
    """Leave-one-out agreement of the nearest neighbours' folder, and that of chance."""
    labels = np.unique([str(photo.parent) for photo in photos], return_inverse=True)[1]
    counts = np.bincount(labels)
    counted = counts[labels] > 1
    if (counts > 1).sum() < 2:
        return None, None
    near = vectors[counted] @ vectors[counted].T
    np.fill_diagonal(near, -np.inf)
    own = labels[counted]
    nearest = own[np.argsort(-near, axis=1, kind="stable")[:, :NEIGHBOURS]]
    votes = [np.bincount(row, minlength=len(counts)) for row in nearest]
    right = np.array([vote[label] == vote.max() and vote[label] > 0 for vote, label in zip(votes, own, strict=True)])
    return share_of(right), float(np.bincount(own).max() / len(own))


def _names(photos: Sequence[Path], vectors: Vectors, encoder: ImageEncoder) -> Share | None:
    """How many photos are found by the words of their name."""
    texts = [words_of(photo) for photo in photos]
    named = [row for row, text in enumerate(texts) if text]
    if not named or not isinstance(encoder, TextEncoder):
        return None
    scores = encoder.encode_texts([texts[row] for row in named]) @ vectors.T
    own = scores[np.arange(len(named)), named][:, None]
    # Of photos with the same words any will do.
    same = np.array([[texts[row] == text for text in texts] for row in named])
    ahead = ((scores >= own) & ~same).sum(axis=1)
    return share_of(ahead < FOUND_WITHIN)


def words_of(photo: Path) -> str:
    """The words in a file's name: what has three letters or more, but for what cameras write."""
    words = re.findall(r"[^\W\d_]{3,}", photo.stem)
    return " ".join(
        word for word in words if word.lower() not in {"img", "dsc", "dscn", "dscf", "pxl", "mvimg", "photo"}
    )
