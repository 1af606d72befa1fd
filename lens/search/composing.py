"""From what is sought to one vector: unit vectors, weighted, added, and brought to unit length again."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import PhotoError, QueryError
from lens.models.encoders.base import ImageEncoder, TextEncoder
from lens.photos.decode import read_photo
from lens.search.parsing import file_at
from lens.search.syntax import Example, Filter, Leaf, Node, Sum, Words, leaves
from lens_indexes import VectorBlock

__all__ = ["Composer", "encode_photo", "is_filter", "is_vector", "row_like"]

SMALLEST = 1e-4  # length of a sum below which its parts have cancelled each other out

Vector: TypeAlias = NDArray[np.float32]


def is_vector(node: Node) -> bool:
    """Whether a query is one vector: words and photos, added and taken away."""
    if isinstance(node, Sum):
        return all(is_vector(term.node) for term in node.terms)
    return isinstance(node, Words | Example) or (isinstance(node, Filter) and node.name in {"id", "similar"})


def is_filter(node: Node) -> bool:
    """Whether a query only says which photos, and nothing that one can show more or less of."""
    return not any(is_vector(leaf) for leaf in leaves(node))


class Composer:
    """The vectors of queries.

    Args:
        nodes: the queries; their words are encoded at once.
        encoder: of words and photos.
        block: the index's own photos, whose vectors are taken as they are.

    Raises:
        QueryError: an example cannot be read, or there are words and the encoder knows none.
    """

    def __init__(self, nodes: Iterable[Node], encoder: ImageEncoder, block: VectorBlock) -> None:
        self._encoder, self._block = encoder, block
        self._texts = self._encoded(
            {leaf.text: None for node in nodes for leaf in leaves(node) if isinstance(leaf, Words)}
        )
        self._photos: dict[Leaf, Vector] = {}

    def vector(self, node: Node) -> Vector:
        """(dim,) unit norm.

        Raises:
            QueryError: the parts cancel each other out.
        """
        vector = np.zeros(self._encoder.info.dim, np.float32)
        if isinstance(node, Sum):
            for term in node.terms:
                vector += np.float32(term.weight) * self.vector(term.node)
        elif isinstance(node, Words):
            vector += self._texts[node.text]
        elif isinstance(node, Example | Filter):
            vector += self._photo(node)
        length = np.sqrt((vector * vector).sum())
        if length < SMALLEST:
            raise QueryError(f"The parts of {str(node)[:60]} cancel each other out: nothing is left to look for.")
        vector /= length
        return vector

    def _encoded(self, texts: dict[str, None]) -> dict[str, Vector]:
        if not texts:
            return {}
        if not isinstance(self._encoder, TextEncoder):
            raise QueryError(
                f"The encoder {self._encoder.info.name} knows no words: search with a photo, or with another --encoder."
            )
        for text in texts:
            if not text.isprintable() and any("\ud800" <= character <= "\udfff" for character in text):
                raise QueryError("The words of the query are not text: type them in UTF-8.")
        return dict(zip(texts, self._encoder.encode_texts(list(texts)), strict=True))

    def _photo(self, leaf: Example | Filter) -> Vector:
        if leaf not in self._photos:
            if isinstance(leaf, Example):
                self._photos[leaf] = encode_photo(_file(leaf.path), self._encoder, leaf.box)
            else:
                row = row_like(leaf, self._block)
                known = None if row is None else np.array(self._block.vectors[row])
                self._photos[leaf] = encode_photo(_file(leaf.value), self._encoder) if known is None else known
        return self._photos[leaf]


def row_like(leaf: Filter, block: VectorBlock) -> int | None:
    """The row of the photo that `id:` or `similar:` names; None if it is a file that is not in the index.

    Raises:
        QueryError: it names none, or several.
    """
    path = file_at(leaf.value) if leaf.name == "similar" else None
    if path:
        return block.row_of(path)
    rows = block.rows_beginning(leaf.value.lower()) if leaf.value.isascii() and leaf.value.isalnum() else []
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise QueryError(f"{leaf.value} is the beginning of {len(rows)} ids: give more of it.")
    what = "photo or id" if leaf.name == "similar" else "photo with the id"
    raise QueryError(f"The index has no {what} {leaf.value} (with a vector of this encoder).")


def encode_photo(path: Path, encoder: ImageEncoder, box: tuple[int, int, int, int] | None = None) -> Vector:
    """(dim,) unit-norm vector of one photo file.

    Args:
        path: the file.
        encoder: of photos.
        box: x, y, width and height of the part that counts, in pixels of the upright photo.

    Raises:
        QueryError: it cannot be read, or the box lies outside of it.
    """
    try:
        image = read_photo(path, min_side=None if box else encoder.info.min_side).image
    except PhotoError as error:
        raise QueryError(f"{path} cannot be searched with: {error}.") from error
    vector: Vector = encoder.encode_images([_cut(image, box, path) if box else image])[0]
    return vector


def _cut(image: Image.Image, box: tuple[int, int, int, int], path: Path) -> Image.Image:
    x, y, width, height = box
    if x + width > image.width or y + height > image.height:
        size = f"{image.width} × {image.height}"
        raise QueryError(f"{','.join(map(str, box))} is not inside {path.name}, which has {size} pixels.")
    return image.crop((x, y, x + width, y + height))


def _file(text: str) -> Path:
    path = file_at(text)
    if path is None:
        raise QueryError(f"There is no photo at {text}.")
    return path
