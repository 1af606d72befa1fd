"""Which photos are near duplicates: one picture resized, recompressed, recoloured, marked, mirrored, rotated or cut.

The perceptual hash decides about all but cuts. For those, similar vectors name candidates, and the cut is found in the
whole, or it is none. The limits were chosen on training photos and their edits, and are judged on others
(benchmarks/duplicates.py).
"""

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.config import cache_folder, thumbnail_folder
from lens.curation.candidates import pairs_by_hash, pairs_by_vector
from lens.curation.collection import CuratedPhoto
from lens.curation.overlap import SIDE, overlap, small
from lens.errors import PhotoError
from lens.indexing.report import Progress, Report
from lens.photos.decode import read_photo
from lens.photos.perceptual import LAYINGS, unpacked
from lens.photos.thumbnails import Thumbnails

__all__ = ["LIMITS", "NearPair", "Unit", "near_pairs", "units_of"]

COARSE_BITS, BITS = 10, 60
"""How many of the lowest 64 and of all 256 bits may differ; among 1,791 training photos the least were 11 and 77."""
COSINE, OVERLAP = 0.88, 0.68
"""From which cosine on a cut is looked for, and from which correlation on it is one: midway between the largest of two
other training photos, 0.55, and that of nineteen in twenty cuts to 80 %, 0.80; a rule that was settled on after a false
pair had been seen among the photos of clothing."""
EACH = 10  # candidates a photo
PLAIN = 2.0  # bits of entropy below which a hash says nothing
PART = "part"
FORMAT = "1"  # of what is kept in the cache
LIMITS = f"{FORMAT} {COARSE_BITS} {BITS} {COSINE} {OVERLAP} {EACH} {PLAIN}"
"""Names how pairs are found; others are found if it is another."""


@dataclass(frozen=True)
class NearPair:
    """Two units of photos that are near duplicates."""

    one: int
    """Number of the unit."""
    other: int
    reason: str
    """One of `LAYINGS`, or `part`."""
    distance: int
    """Of the hashes, in bits; 256 where it did not decide."""


Unit = list[int]
"""Numbers of photos that have one hash, or are too plain for one and have one content."""


def units_of(photos: Sequence[CuratedPhoto]) -> list[Unit]:
    """Photos that are alike to the last bit of their hash, taken together; those without measures are left out."""
    units: dict[tuple[bytes, str], Unit] = {}
    for number, photo in enumerate(photos):
        if photo.measures:
            plain = photo.measures.entropy < PLAIN
            units.setdefault((photo.measures.perceptual_hash, photo.content_hash if plain else ""), []).append(number)
    return list(units.values())


def near_pairs(
    photos: Sequence[CuratedPhoto], units: Sequence[Unit], vectors: NDArray[np.float32], on_progress: Report
) -> list[NearPair]:
    """The pairs of units that are near duplicates; remembered in the cache for the same photos and vectors.

    Args:
        photos: all, measured.
        units: of `units_of`.
        vectors: (n, dim) of all photos.
        on_progress: told how many candidates for cuts were looked at.
    """
    if len(units) < 2:
        return []
    first = [photos[unit[0]] for unit in units]
    own = np.ascontiguousarray(vectors[[unit[0] for unit in units]])
    kept = _cache_file(first, own)
    with suppress(OSError, ValueError, TypeError):
        return [NearPair(**pair) for pair in json.loads(kept.read_bytes())]
    plain = np.array([photo.measures is None or photo.measures.entropy < PLAIN for photo in first])
    telling = np.flatnonzero(~plain)
    hashes = [photo.measures.perceptual_hash for photo in first if photo.measures and photo.measures.entropy >= PLAIN]
    hashed = pairs_by_hash(unpacked(hashes), COARSE_BITS, BITS)
    pairs = {
        (int(one), int(other)): NearPair(int(one), int(other), LAYINGS[laying], int(distance))
        for one, other, distance, laying in zip(
            telling[hashed.first], telling[hashed.second], hashed.distance, hashed.laying, strict=True
        )
    }
    known = np.array(list(pairs), np.intp).reshape(-1, 2).T
    candidates = [
        (int(one), int(other))
        for one, other in pairs_by_vector(own, COSINE, EACH, known).T
        if not (plain[one] or plain[other])
    ]
    for one, other in _cuts(first, candidates, on_progress):
        pairs[one, other] = NearPair(one, other, PART, 256)
    found = [pairs[key] for key in sorted(pairs)]
    with suppress(OSError):
        _keep(kept, found)
    return found


def _cuts(
    photos: Sequence[CuratedPhoto], candidates: Sequence[tuple[int, int]], on_progress: Report
) -> list[tuple[int, int]]:
    """The candidates of which one photo is a part of the other."""
    thumbnails = Thumbnails(thumbnail_folder())
    needed = sorted({number for pair in candidates for number in pair})
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        squares = dict(zip(needed, pool.map(lambda number: _square(photos[number], thumbnails), needed), strict=True))
        found = []

        def correlation(pair: tuple[int, int]) -> float:
            one, other = squares[pair[0]], squares[pair[1]]
            return overlap(one, other) if one and other else -1.0

        for number, value in enumerate(pool.map(correlation, candidates)):
            if value >= OVERLAP:
                found.append(candidates[number])
            on_progress(Progress(number + 1, len(candidates), 0))
    return found


def _square(photo: CuratedPhoto, thumbnails: Thumbnails) -> Image.Image | None:
    """A photo as `overlap` takes it, from its thumbnail if there is one; None if neither can be read."""
    thumbnail = thumbnails.path(photo.content_hash)
    for file in (thumbnail, photo.path):
        with suppress(PhotoError):
            if file:
                return small(read_photo(file, min_side=SIDE).image)
    return None


def _cache_file(photos: Sequence[CuratedPhoto], vectors: NDArray[np.float32]) -> Path:
    """Where the pairs of exactly these photos are kept."""
    digest = hashlib.blake2b(LIMITS.encode(), digest_size=16)
    for photo in photos:
        digest.update(photo.content_hash.encode())
    digest.update(vectors.tobytes())
    return cache_folder() / "duplicates" / f"{digest.hexdigest()}.json"


def _keep(file: Path, pairs: Sequence[NearPair]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in sorted(file.parent.glob("*.json"), key=lambda each: each.stat().st_mtime)[:-8]:
        old.unlink(missing_ok=True)
    with NamedTemporaryFile("w", dir=file.parent, delete=False, suffix=".part") as stream:
        json.dump([asdict(pair) for pair in pairs], stream)
    Path(stream.name).replace(file)
