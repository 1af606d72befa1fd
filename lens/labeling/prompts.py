"""What is to be labelled, as people type it: `dog, red car, person=human|man|woman`."""

from dataclasses import dataclass

from lens.errors import QueryError

__all__ = ["Prompts", "parse_prompts"]

LONGEST = 200


@dataclass(frozen=True)
class Prompts:
    """Phrases to look for, and the category that each of them means."""

    phrases: tuple[str, ...]
    categories: tuple[str, ...]
    """One for each phrase; several phrases may mean the same."""

    def __str__(self) -> str:
        """As it could have been typed."""
        parts = []
        for category in dict.fromkeys(self.categories):
            meant = [phrase for phrase, its in zip(self.phrases, self.categories, strict=True) if its == category]
            parts.append(category if meant == [category] else f"{category}={'|'.join(meant)}")
        return ", ".join(parts)


def parse_prompts(text: str) -> Prompts:
    """Read a list of categories, each by itself a phrase, or with `=` and the phrases that mean it.

    Raises:
        QueryError: it cannot be understood; says which part.
    """
    found: dict[str, str] = {}  # the category of each phrase
    for part in text.split(","):
        name, equals, meant = (" ".join(piece.split()) for piece in part.partition("="))
        phrases = [" ".join(phrase.split()) for phrase in meant.split("|")] if equals else [name]
        _check(part, name, phrases)
        for phrase in phrases:
            if found.setdefault(phrase, name) != name:
                raise QueryError(f"{phrase!r} cannot mean both {found[phrase]!r} and {name!r}.")
    return Prompts(tuple(found), tuple(found.values()))


def _check(part: str, name: str, phrases: list[str]) -> None:
    shown = part.strip()[:60]
    if not shown:
        raise QueryError('A category is empty. For example: lens label "dog, red car, person=human|man|woman"')
    if not name or not all(phrases):
        raise QueryError(f"{shown!r} lacks a name or a phrase; person=human|man|woman was expected.")
    if "|" in name or any("=" in phrase for phrase in phrases):
        raise QueryError(f"{shown!r} cannot be understood; person=human|man|woman was expected.")
    if not shown.isprintable() or max(map(len, (name, *phrases))) > LONGEST:
        raise QueryError(f"A category or phrase has from 1 to {LONGEST} letters that can be printed.")
