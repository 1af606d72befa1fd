"""What comes of comparing two sources of labels."""

from dataclasses import dataclass

__all__ = ["Judged"]


@dataclass(frozen=True)
class Judged:
    """One source judged by another."""

    found: str
    truth: str
    told: str
    """How well it does, in words."""
    names: tuple[str, ...]
    """Of the categories, those that are true most often first."""
    scores: tuple[str, ...]
    """How well each was found, in words."""
    counts: tuple[tuple[int, ...], ...]
    """By what a thing is, in rows, and what it was found as; last what was missed, or is spurious."""
