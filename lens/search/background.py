"""Texts that nobody asked for: how near they come to a photo says what a query's nearness is worth.

Beside them what everyday photos are described with: a query near to that is for what most collections hold, and needs
less evidence.
"""

import hashlib
import io
from contextlib import suppress
from pathlib import Path

import numpy as np

from lens.config import cache_folder
from lens.models.encoders.base import ImageEncoder, TextEncoder, Vectors
from lens.models.weights import replace_file
from lens.search.wording import Wording

__all__ = ["EVERYDAY_FILE", "TEXTS_FILE", "wording"]

TEXTS_FILE = Path(__file__).parent / "background.txt"
"""One text a line: things, places, people, occasions, and what people do where."""
EVERYDAY_FILE = Path(__file__).parent / "everyday.txt"
"""Words and pairs of words that captions of several training photos hold; written by `make bands ARGS=--fit`."""


def wording(encoder: ImageEncoder) -> Wording | None:
    """What words alone say to an encoder, by the texts of both files; None if it knows no words."""
    if not isinstance(encoder, TextEncoder):
        return None
    return Wording(*(_vectors(encoder, file) for file in (TEXTS_FILE, EVERYDAY_FILE)))


def _vectors(encoder: TextEncoder, file: Path) -> Vectors:
    """(m, dim) unit-norm vectors of the texts of a file.

    They are computed once for each encoder, and come from the cache afterwards.
    """
    texts = file.read_bytes()
    info = encoder.info
    name = f"{info.name}-{info.revision[:16]}-{hashlib.sha256(texts).hexdigest()[:8]}.npy"
    kept = cache_folder() / "background" / name
    try:
        vectors: Vectors = np.load(kept)
    except (OSError, ValueError, EOFError):
        vectors = np.empty(0, np.float32)
    lines = texts.decode().splitlines()
    if vectors.shape != (len(lines), info.dim):
        vectors = encoder.encode_texts(lines)
        content = io.BytesIO()
        np.save(content, vectors)
        with suppress(OSError):  # a cache that cannot be written only costs the time to compute them again
            replace_file(kept, content.getvalue())
    return vectors
