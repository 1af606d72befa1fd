"""Vocabularies: what photos may be tagged with, as plain files with a category a line; docs/TAGS.md has the format."""

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lens.errors import VocabularyError

__all__ = ["PROMPTS", "Entry", "Vocabulary", "check_name", "load_vocabulary", "parse_vocabulary", "shipped"]

FOLDER = Path(__file__).parent / "vocabularies"
PROMPTS = ("{}", "a photo of a {}", "there is a {} in the scene", "a {} and other things", "a close-up of a {}")
"""Among five sets of prompts the best on training photos."""
LONGEST_NAME = 100
MOST_ENTRIES = 20_000
MOST_BYTES = 4_000_000
MOST_LEVELS = 16
RESERVED = "/|<>="
"""A name has none of these: side-cars and files of vocabularies put them between names."""


@dataclass(frozen=True)
class Entry:
    """One category."""

    name: str
    texts: tuple[str, ...]
    """What is compared with photos: the name and its synonyms in every prompt, and texts that stand by themselves."""
    words: tuple[str, ...]
    """The name and its synonyms."""
    parent: str | None = None
    """The category that it is a kind of."""


@dataclass(frozen=True)
class Vocabulary:
    """Categories by name."""

    name: str
    exclusive: bool
    """Whether a photo is of one category only, as a photo is either a screenshot or a portrait."""
    entries: tuple[Entry, ...]

    def path(self, name: str) -> tuple[str, ...]:
        """A category with all above it, the topmost first; of what is no category, the name alone."""
        found = [name]
        while (parent := self.parents.get(found[0])) is not None:
            found.insert(0, parent)
        return tuple(found)

    @cached_property
    def parents(self) -> Mapping[str, str | None]:
        """By name the parent of every category."""
        return {entry.name: entry.parent for entry in self.entries}

    @cached_property
    def fingerprint(self) -> str:
        """Of everything that decides what a photo is tagged with."""
        return hashlib.sha256(repr((self.exclusive, self.entries)).encode()).hexdigest()[:16]


def shipped() -> list[str]:
    """The names of the vocabularies that come with Lens."""
    return sorted(file.stem for file in FOLDER.glob("*.txt"))


def load_vocabulary(name: str | Path) -> Vocabulary:
    """A vocabulary that comes with Lens, by its name, or that of a file.

    Raises:
        VocabularyError: there is none, or a line of it cannot be understood.
    """
    ours = shipped()
    if str(name) in ours:
        return _read(FOLDER / f"{name}.txt")
    file = Path(name).expanduser()
    if file.is_file():
        return _read(file)
    close = difflib.get_close_matches(str(name), ours, n=1)
    meant = f" – did you mean {close[0]}?" if close else ""
    raise VocabularyError(f"There is no vocabulary and no file {name}{meant or '.'} Lens has {', '.join(ours)}.")


def parse_vocabulary(text: str, name: str) -> Vocabulary:
    """Read a vocabulary.

    Args:
        text: of a file.
        name: of the vocabulary.

    Raises:
        VocabularyError: a line cannot be understood; says which.
    """
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            reader.take(line.strip(), number)
        except VocabularyError as error:
            raise VocabularyError(f"line {number}: {error}") from None
    if not reader.lines:
        raise VocabularyError("line 1: there is no category; one a line was expected.")
    vocabulary = Vocabulary(name, reader.exclusive, tuple(reader.entries()))
    _check_parents(vocabulary, {line.name: line.number for line in reader.lines.values()})
    return vocabulary


@dataclass(frozen=True)
class _Line:
    number: int
    name: str
    synonyms: tuple[str, ...]
    texts: tuple[str, ...]
    """Whole texts, which take no prompt and stand for the name."""
    parent: str | None


class _Reader:
    """Takes the lines of a vocabulary one after the other."""

    def __init__(self) -> None:
        self.exclusive = False
        self.prompts: tuple[str, ...] = PROMPTS
        self.lines: dict[str, _Line] = {}
        """By the names in small letters."""

    def take(self, line: str, number: int) -> None:
        """One line; settings stand before the first category."""
        if not line or line.startswith("#"):
            return
        key, colon, value = line.partition(":")
        if colon and not self.lines and key in {"exclusive", "prompts"}:
            self._set(key, value.strip())
            return
        read = _category(line, number)
        same = self.lines.setdefault(read.name.casefold(), read)
        if same is not read:
            raise VocabularyError(f"{read.name} stands on line {same.number} already.")
        if len(self.lines) > MOST_ENTRIES:
            raise VocabularyError(f"a vocabulary has at most {MOST_ENTRIES:,} categories.")

    def entries(self) -> Iterator[Entry]:
        """All categories, with their texts."""
        for line in self.lines.values():
            words = line.synonyms if line.texts else (line.name, *line.synonyms)
            prompted = [prompt.replace("{}", word) for word in words for prompt in self.prompts]
            yield Entry(line.name, (*prompted, *line.texts), (line.name, *line.synonyms), line.parent)

    def _set(self, key: str, value: str) -> None:
        if key == "exclusive":
            if value not in {"yes", "no"}:
                raise VocabularyError("exclusive: yes or exclusive: no was expected.")
            self.exclusive = value == "yes"
            return
        prompts = tuple(part.strip() for part in value.split("|"))
        if not all(prompt.count("{}") == 1 for prompt in prompts):
            raise VocabularyError("each prompt has one {} where the name goes, and | between prompts.")
        self.prompts = prompts


def _category(line: str, number: int) -> _Line:
    """`name = synonym | "whole text" < parent`."""
    rest, below, parent = line.partition("<")
    name, equals, others = (part.strip() for part in rest.partition("="))
    parts = [part.strip() for part in others.split("|")] if equals else []
    if not all(parts):
        raise VocabularyError("a synonym is missing beside = or |.")
    if any(part.count('"') not in {0, 2} or ('"' in part) != (part[0] == part[-1] == '"') for part in parts):
        raise VocabularyError("a quotation mark is missing: whole texts stand in two.")
    texts = tuple(part.strip('"').strip() for part in parts if part[0] == '"')
    if not all(texts):
        raise VocabularyError("nothing stands between two quotation marks.")
    synonyms = tuple(part for part in parts if part[0] != '"')
    return _Line(number, check_name(name), synonyms, texts, check_name(parent.strip()) if below else None)


def check_name(name: str) -> str:
    """A name that a category can have.

    Raises:
        VocabularyError: it can have none such.
    """
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise VocabularyError(f"a name of up to {LONGEST_NAME} letters was expected, as in dog = puppy < animal.")
    wrong = next((letter for letter in (*RESERVED, '"') if letter in name), None)
    if wrong:
        raise VocabularyError(f"the name {name} may have no {wrong} in it.")
    return name


def _check_parents(vocabulary: Vocabulary, numbers: Mapping[str, int]) -> None:
    for entry in vocabulary.entries:
        seen = entry.name
        for _ in range(MOST_LEVELS):
            parent = vocabulary.parents[seen]
            if parent is None:
                break
            if parent not in numbers:
                raise VocabularyError(f"line {numbers[seen]}: the parent {parent} of {seen} has no line of its own.")
            seen = parent
        else:
            raise VocabularyError(f"line {numbers[entry.name]}: {entry.name} is, by its parents, a kind of itself.")


def _read(file: Path) -> Vocabulary:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise VocabularyError(f"{file} cannot be read ({error.strerror}).") from error
    if len(content) > MOST_BYTES:
        raise VocabularyError(f"{file} is too large for a vocabulary ({len(content):,} bytes).")
    try:
        return parse_vocabulary(content.decode("utf-8-sig"), file.stem)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise VocabularyError(f"{file}, line {line}: is not UTF-8.") from error
    except VocabularyError as error:
        raise VocabularyError(f"{file}, {error}") from None
