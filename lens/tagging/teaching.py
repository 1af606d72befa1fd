"""Teaching tags by examples: what both faces call."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.errors import NameUnknown, TagError
from lens.models.encoders.base import ImageEncoder, TextEncoder
from lens.search.searcher import Searcher
from lens.tagging.probes import ENOUGH_NO, Probe, agreement, fit_probe
from lens.tagging.scoring import Scored
from lens.tagging.vocabulary import check_name
from lens_indexes import LEARNED, Index, ProbeRow, VectorBlock
from lens_indexes.remote import path_of

__all__ = ["Attempt", "Candidate", "LearnedTag", "Lesson", "Teaching", "learned_scores"]

LEAST = 0.5
"""Likelihood from which on a photo gets a learned tag."""


@dataclass(frozen=True)
class Lesson:
    """What was learned of a tag."""

    name: str
    yes: int
    """Examples that show it."""
    no: int
    """Examples that do not."""
    weak: int
    """Photos drawn by chance that stand in for more of these."""
    accuracy: float | None
    """Share right of examples that were left out, as the mean of both sides, 0 to 1; None with too few examples."""
    by_words: float | None
    """The same of the tag's own words, with the best threshold; None too where the encoder knows no words."""
    tagged: int
    """Photos of the index that have the tag now."""


@dataclass(frozen=True)
class LearnedTag:
    """A tag that was taught."""

    name: str
    yes: int
    no: int
    photos: int
    """That have the tag."""


@dataclass(frozen=True)
class Candidate:
    """A photo of which it would help to know whether it shows a thing."""

    path: Path
    likelihood: float | None
    """0 to 1; the nearer to a half, the less sure. None before anything was learned."""
    id: str
    content_hash: str


@dataclass(frozen=True)
class Attempt:
    """What would be learned of a tag from the examples that there are."""

    lesson: Lesson | None
    """None while no example shows it."""
    asked: tuple[Candidate, ...]
    """Of which it would help most to know; before anything was learned, those nearest to the tag's own words."""
    yes: tuple[Candidate, ...]
    """The examples that show it."""
    no: tuple[Candidate, ...]
    """The examples that do not."""


class Teaching:
    """Tags learned from examples. Got from `Library.tags.learned`; changes no photo.

    Args:
        index: opens the index.
        searcher: knows whose vectors there are.
        tag_anew: tags all photos with what was learned.
    """

    def __init__(self, index: Callable[[], Index], searcher: Searcher, tag_anew: Callable[[], object]) -> None:
        self._index, self._searcher, self._tag_anew = index, searcher, tag_anew

    def teach(self, name: str, yes: Sequence[str | Path] = (), no: Sequence[str | Path] = ()) -> Lesson:
        """Learn a tag from photos that show it and photos that do not, beside those that were given before.

        The photos of the index that show it get the tag at once; words no longer give it. Of a photo given twice the
        last word counts.

        Args:
            name: of the tag.
            yes: photos of the index that show it.
            no: photos that do not. With fewer than fifty, photos drawn by chance stand in for the rest.

        Raises:
            TagError: a photo is not in the index, or none shows the tag.
            NameUnknown: the name can be none.
        """
        check_name(name)
        index = self._index()
        encoder, block = self._searcher.searched(None, words_only=True)
        given = {self._id(path, block): False for path in no} | {self._id(path, block): True for path in yes}
        examples = index.taught.of(name) | given
        lesson, probe = self._learn(name, examples, encoder, block)
        facts = json.dumps({key: value for key, value in vars(lesson).items() if key not in {"name", "tagged"}})
        with index.writing():
            if given:
                index.taught.put(name, given)
            index.probes.put(ProbeRow(name, model_of(encoder), probe.weights, probe.bias, facts))
        self._tag_anew()
        return lesson

    def note(self, name: str, shown: Mapping[str, bool | None]) -> None:
        """Write down of photos whether they show a thing, without learning it; `teach` does that.

        Args:
            name: of the tag.
            shown: by the ids of photos; None takes back what was said.

        Raises:
            VocabularyError: the name can be none.
        """
        check_name(name)
        index = self._index()
        given = {id_: shows for id_, shows in shown.items() if shows is not None}
        with index.writing():
            if given:
                index.taught.put(name, given)
            index.taught.take(name, shown.keys() - given.keys())

    def attempt(self, name: str, top: int = 10) -> Attempt:
        """What would be learned from the examples noted, how good it is, and what to ask about next; nothing is kept.

        Args:
            name: of the tag, which nobody need have heard of.
            top: how many photos to ask about at the most.

        Raises:
            VocabularyError: the name can be none.
            TagError: all photos show the tag.
        """
        check_name(name)
        examples = self._index().taught.of(name)
        encoder, block = self._searcher.searched(None, words_only=True)
        lesson, chances, doubt = None, None, np.zeros(len(block), np.float32)
        if any(block.having([id_ for id_, shows in examples.items() if shows])):
            lesson, probe = self._learn(name, examples, encoder, block)
            chances = probe(block.vectors)
            doubt = np.abs(chances - 0.5)
        elif isinstance(encoder, TextEncoder):
            doubt = -(block.vectors @ encoder.encode_texts([f"a photo of {name}"])[0])
        asked = _first(doubt, block.having(examples), top)
        rows = {
            shows: _rows(block, [id_ for id_, said in examples.items() if said == shows]) for shows in (True, False)
        }
        sides = (tuple(_candidates(block, some, chances)) for some in (asked, rows[True], rows[False]))
        return Attempt(lesson, *sides)

    def uncertain(self, name: str, top: int = 10) -> list[Candidate]:
        """The photos of which the probe is least sure, without examples (uncertainty sampling, Lewis and Gale 1994).

        Raises:
            NameUnknown: no such tag was taught.
        """
        index = self._index()
        encoder, block = self._searcher.searched(None, words_only=True)
        held = index.probes.all(model_of(encoder)).get(name)
        if held is None:
            raise _unknown(name)
        probe = Probe(held.weights, held.bias)
        chances = probe(block.vectors)
        asked = _first(np.abs(chances - 0.5), block.having(index.taught.of(name)), top)
        return _candidates(block, asked, chances)

    def all(self) -> list[LearnedTag]:
        """The tags that were taught."""
        index = self._index()
        held = {name: index.taught.of(name) for name in index.taught.names()}
        return [
            LearnedTag(name, sum(shown.values()), len(shown) - sum(shown.values()), len(index.tags.photos(name)))
            for name, shown in held.items()
        ]

    def drop(self, name: str) -> int:
        """Forget a learned tag with its examples; words may give it again: how many examples it had.

        Raises:
            NameUnknown: no such tag was taught.
        """
        index = self._index()
        if name not in index.taught.names():
            raise _unknown(name)
        with index.writing():
            count = len(index.taught.of(name))
            index.tags.drop_tag(LEARNED, name)
            index.probes.drop(name)
            index.taught.drop(name)
        return count

    def _learn(
        self, name: str, examples: dict[str, bool], encoder: ImageEncoder, block: VectorBlock
    ) -> tuple[Lesson, Probe]:
        yes = np.flatnonzero(block.having([id_ for id_, shows in examples.items() if shows]))
        no = np.flatnonzero(block.having([id_ for id_, shows in examples.items() if not shows]))
        weak = _drawn(len(block), np.concatenate([yes, no]), max(0, ENOUGH_NO - len(no)))
        if not len(yes):
            raise TagError(f"No photo shows {name} yet: lens teach {json.dumps(name)} --yes PHOTO.")
        if not len(no) + len(weak):
            raise TagError(f"No photo is left that does not show {name}: index more, or give some with --no.")
        shown, other, by_chance = (np.asarray(block.vectors[rows]) for rows in (yes, no, weak))
        words = None
        if isinstance(encoder, TextEncoder):
            words = np.concatenate([shown, other, by_chance]) @ encoder.encode_texts([f"a photo of {name}"])[0]
        probe = fit_probe(shown, other, by_chance)
        accuracy, by_words = agreement(shown, other, by_chance, words) or (None, None)
        tagged = _scored(name, probe, examples, block)
        return Lesson(name, len(yes), len(no), len(weak), accuracy, by_words, len(tagged.rows)), probe

    def _id(self, path: str | Path, block: VectorBlock) -> str:
        row = block.row_of(path_of(path).expanduser().absolute())
        row = block.row_of(path_of(path).expanduser().resolve()) if row is None else row
        if row is None:
            raise TagError(f"{path} is not in the index: lens index its folder first.")
        return block.id(row)


def learned_scores(index: Index, encoder: ImageEncoder, block: VectorBlock) -> list[Scored]:
    """The tags that were taught on the vectors of an encoder, each with the photos that show it."""
    return [
        _scored(name, Probe(held.weights, held.bias), index.taught.of(name), block)
        for name, held in index.probes.all(model_of(encoder)).items()
    ]


def model_of(encoder: ImageEncoder) -> str:
    """What a probe is bound to: vectors of another revision mean something else."""
    return f"{encoder.info.name} {encoder.info.revision}"


def _scored(name: str, probe: Probe, examples: Mapping[str, bool], block: VectorBlock) -> Scored:
    """The photos that show a tag; of an example, what was said of it counts."""
    chances = probe(block.vectors)
    for shows in (False, True):
        chances[block.having([id_ for id_, said in examples.items() if said == shows])] = shows
    rows = np.flatnonzero(chances >= LEAST)
    return Scored(name, rows, chances[rows])


def _first(doubt: NDArray[np.float32], known: NDArray[np.bool_], top: int) -> NDArray[np.intp]:
    """The rows of which it would help most to know, least doubt first: no examples."""
    others = np.flatnonzero(~known)
    return others[np.argsort(doubt[others], kind="stable")[:top]]


def _rows(block: VectorBlock, ids: Sequence[str]) -> NDArray[np.intp]:
    """The rows of the photos that are still there, in the order of their ids."""
    rows = block.rows_of(ids)
    return rows[rows >= 0]


def _candidates(block: VectorBlock, rows: NDArray[np.intp], chances: NDArray[np.float32] | None) -> list[Candidate]:
    return [
        Candidate(
            block.path(row), None if chances is None else float(chances[row]), block.id(row), block.content_hash(row)
        )
        for row in rows.tolist()
    ]


def _drawn(count: int, given: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """Rows drawn by chance, none of those given, the same ones each time."""
    others = np.setdiff1d(np.arange(count), given)
    chosen = np.random.default_rng(0).choice(others, min(wanted, len(others)), replace=False)
    return np.sort(chosen)


def _unknown(name: str) -> NameUnknown:
    return NameUnknown(f"No tag {name} was taught: lens teach --list shows which were.")
