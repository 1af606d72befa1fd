"""The words of a CLIP without torch: its text tower and tokenizer, prepared once, so that a search starts at once.

Kept in the cache: the tower as ONNX, the tokenizer as the tokenizers library reads it, and a card that says how the two
go together. Made by `words_export`, which checks that they give the vectors of the model itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import punctuation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lens.models.encoders.base import EncoderInfo, Vectors
from lens.models.encoders.cards import read_card
from lens.models.encoders.conse import unit
from lens.models.encoders.onnx import OnnxNetwork, cached_file, is_cached

__all__ = ["CLEANERS", "PART", "Words", "WordsCard", "prepared_card", "prepared_words", "tokenise", "tower_key"]

PART = "words"
BATCH = 32


@dataclass(frozen=True)
class WordsCard:
    """How texts become the input of a text tower."""

    info: EncoderInfo
    cleaner: str
    """A name in `CLEANERS`."""
    tokenizer: str
    """For the tokenizers library, padded and cut to one length."""
    tokens: str
    """What the tower calls its tokens, (n, t) int64."""
    mask: str | None
    """What it calls the mask of tokens that are no padding; None if it takes none."""


class Words:
    """Texts to vectors; satisfies the `TextEncoder` protocol, and knows no photos."""

    def __init__(self, card: WordsCard, network: OnnxNetwork) -> None:
        from tokenizers import Tokenizer

        self.info = card.info
        self._card, self._network = card, network
        self._tokenizer = Tokenizer.from_str(card.tokenizer)

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) unit-norm vectors of n texts, in the space of the photos; what is too long is cut."""
        vectors = [np.empty((0, self.info.dim), np.float32)]
        for start in range(0, len(texts), BATCH):
            inputs = tokenise(self._card, self._tokenizer, texts[start : start + BATCH])
            vectors.append(unit(self._network.run(["vector"], inputs)[0]))
        return np.concatenate(vectors)


def tokenise(card: WordsCard, tokenizer: Any, texts: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """The tower's inputs for n texts, each (n, t)."""
    encoded = tokenizer.encode_batch([CLEANERS[card.cleaner](text) for text in texts])
    inputs = {card.tokens: np.array([each.ids for each in encoded], np.int64)}
    if card.mask:
        inputs[card.mask] = np.array([each.attention_mask for each in encoded], np.int64)
    return inputs


def prepared_words(name: str, revision: str) -> Words | None:
    """The words of an encoder, if they were prepared; needs no torch."""
    card = prepared_card(name, revision)
    return Words(card, OnnxNetwork(cached_file(*tower_key(name, revision)))) if card else None


def prepared_card(name: str, revision: str) -> WordsCard | None:
    """How the words of an encoder are read, if they were prepared; loads no network."""
    card = read_card(WordsCard, PART, name, revision)
    return card if card and is_cached(*tower_key(name, revision)) else None


def tower_key(name: str, revision: str) -> tuple[str, str]:
    """Name and fingerprint of the tower among the cached networks."""
    return f"{name}-words", revision[:16]


def _as_it_is(text: str) -> str:
    return text


def _mended(text: str) -> str:
    """Wrongly decoded characters and HTML entities put right, as CLIP's authors do."""
    if text.isascii() and text.isprintable() and "&" not in text:
        return text.strip()  # nothing to put right, and ftfy takes a tenth of a search to load
    import html

    import ftfy

    return html.unescape(html.unescape(ftfy.fix_text(text))).strip()


def _whitespace(text: str) -> str:
    return " ".join(_mended(text).split())


def _lower(text: str) -> str:
    return _whitespace(text).lower()


def _canonical(text: str) -> str:
    """As SigLIP was trained: no punctuation, lower case."""
    bare = _mended(text).replace("_", " ").translate(str.maketrans("", "", punctuation))
    return " ".join(bare.lower().split())


CLEANERS: dict[str, Callable[[str], str]] = {
    "none": _as_it_is,
    "whitespace": _whitespace,
    "lower": _lower,
    "canonicalize": _canonical,
}
"""What is done to a text before it is taken apart, by the names that open_clip has for it."""
