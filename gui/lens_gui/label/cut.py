"""What the process that cuts things out tells the window."""

from dataclasses import dataclass

__all__ = ["Cut", "Offer"]


@dataclass(frozen=True)
class Offer:
    """A segmenter that is on this machine."""

    name: str
    bytes: int
    """Of its weights: the fewer, the sooner it has looked at a photo."""


@dataclass(frozen=True)
class Cut:
    """What was cut out."""

    mask: bytes
    """As it is stored."""
    size: tuple[int, int]
    """Of the photo, width and height."""
    score: float
