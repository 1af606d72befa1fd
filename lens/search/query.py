"""What a user asks for: words, photos, or both."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.errors import PhotoError, QueryError
from lens.models.encoders.base import ImageEncoder, TextEncoder
from lens.photos.decode import read_photo
from lens.photos.scan import PHOTO_SUFFIXES

LOOKS_LIKE_A_PATH = re.compile(r"((\.{1,2}|~)?[/\\]|[A-Za-z]:[/\\])[^\s/\\]")


@dataclass(frozen=True)
class Query:
    """Words and example photos that are sought together."""

    text: str
    photos: tuple[Path, ...]

    @classmethod
    def parse(cls, words: str | Sequence[str]) -> "Query":
        """Read a query: every word that is the path of a photo is an example, the rest is text.

        Args:
            words: one string, taken apart at its spaces, or words that are whole already.

        Raises:
            QueryError: nothing was asked for, or a path leads nowhere.
        """
        if isinstance(words, str):
            words = [words] if _file(words) else words.split()
        photos = [_photo(word) for word in words]
        text = " ".join(word for word, photo in zip(words, photos, strict=True) if photo is None).strip()
        query = cls(text, tuple(photo for photo in photos if photo))
        if not query.text and not query.photos:
            raise QueryError('What should be found? For example: lens search "a dog on a beach"')
        return query


def encode_queries(queries: Sequence[Query], encoder: ImageEncoder) -> NDArray[np.float32]:
    """(n, dim) unit-norm vectors of n queries.

    The parts of one query weigh the same: their unit vectors are added and the sum is scaled to unit length.

    Raises:
        QueryError: an example photo cannot be read, or there are words and the encoder knows none.
    """
    vectors = np.zeros((len(queries), encoder.info.dim), dtype=np.float32)
    spoken = [number for number, query in enumerate(queries) if query.text]
    if spoken:
        if not isinstance(encoder, TextEncoder):
            raise QueryError(
                f"The encoder {encoder.info.name} knows no words: search with a photo, or with another --encoder."
            )
        vectors[spoken] += encoder.encode_texts([queries[number].text for number in spoken])
    for number, query in enumerate(queries):
        for photo in query.photos:
            vectors[number] += encode_photo(photo, encoder)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths > 0, lengths, 1)
    return vectors


def encode_photo(path: Path, encoder: ImageEncoder) -> NDArray[np.float32]:
    """(dim,) unit-norm vector of one photo file.

    Raises:
        QueryError: it cannot be read.
    """
    try:
        photo = read_photo(path, min_side=encoder.info.min_side)
    except PhotoError as error:
        raise QueryError(f"{path} cannot be searched with: {error}.") from error
    vector: NDArray[np.float32] = encoder.encode_images([photo.image])[0]
    return vector


def _photo(word: str) -> Path | None:
    """The photo a word names; None if it is a word like any other."""
    path = _file(word)
    if LOOKS_LIKE_A_PATH.match(word):
        if path is None:
            raise QueryError(f"There is no photo at {word}.")
        return path
    return path if path and path.suffix.lower() in PHOTO_SUFFIXES else None


def _file(text: str) -> Path | None:
    """The file at a path; None if there is none, or the text can be no path at all."""
    try:
        path = Path(text).expanduser()
        return path.resolve() if path.is_file() else None
    except (OSError, RuntimeError, ValueError):  # too long, a home of nobody, a NUL
        return None
