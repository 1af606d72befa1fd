"""Texts that nobody asked for: how near they come to a photo says what a query's nearness is worth."""

import hashlib
import io
from contextlib import suppress
from pathlib import Path

import numpy as np

from lens.config import cache_folder
from lens.models.encoders.base import ImageEncoder, TextEncoder, Vectors
from lens.models.weights import replace_file

__all__ = ["TEXTS_FILE", "background"]

TEXTS_FILE = Path(__file__).parent / "background.txt"
"""One text a line: things, places, people, occasions, and what people do where."""


def background(encoder: ImageEncoder) -> Vectors | None:
    """(m, dim) unit-norm vectors of the background texts; None if the encoder knows no words.

    They are computed once for each encoder, and come from the cache afterwards.
    """
    if not isinstance(encoder, TextEncoder):
        return None
    texts = TEXTS_FILE.read_bytes()
    info = encoder.info
    name = f"{info.name}-{info.revision[:16]}-{hashlib.sha256(texts).hexdigest()[:8]}.npy"
    file = cache_folder() / "background" / name
    try:
        vectors: Vectors = np.load(file)
    except (OSError, ValueError, EOFError):
        vectors = np.empty(0, np.float32)
    lines = texts.decode().splitlines()
    if vectors.shape != (len(lines), info.dim):
        vectors = encoder.encode_texts(lines)
        content = io.BytesIO()
        np.save(content, vectors)
        with suppress(OSError):  # a cache that cannot be written only costs the time to compute them again
            replace_file(file, content.getvalue())
    return vectors
