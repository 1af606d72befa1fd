"""What is kept in the cache beside an exported network: how to feed it, so that torch is not asked again."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from lens.config import cache_folder
from lens.models.encoders.base import EncoderInfo
from lens.models.weights import replace_file

__all__ = ["card_file", "read_card", "write_card"]

FORMAT = 1
Card = TypeVar("Card")


def read_card(kind: type[Card], part: str, name: str, revision: str) -> Card | None:
    """The card of one part of an encoder, its `words` or its `photos`; None if there is none that can be read.

    Args:
        kind: a dataclass with a field `info`, the encoder's.
        part: which.
        name: of the encoder.
        revision: of the encoder; a card of another is none.
    """
    try:
        held = json.loads(card_file(part, name, revision).read_bytes())
        if held.pop("format") != FORMAT:
            return None
        info = EncoderInfo(**held.pop("info"))
        return kind(**held, **{"info": info}) if info.revision == revision else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_card(card: Any, part: str) -> None:
    """Keep a card.

    Raises:
        OSError: the cache cannot be written.
    """
    content = json.dumps(asdict(card) | {"format": FORMAT}).encode()
    replace_file(card_file(part, card.info.name, card.info.revision), content)


def card_file(part: str, name: str, revision: str) -> Path:
    """Where the card of a part of an encoder lies."""
    return cache_folder() / part / f"{name}-{revision[:16]}.json"
