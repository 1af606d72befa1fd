"""From the text of a query to its tree."""

import difflib
import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.errors import QueryError
from lens.photos.scan import PHOTO_SUFFIXES, RAW_SUFFIXES
from lens.search.afar import comes_from_afar
from lens.search.filters import FILTERS, check_filter
from lens.search.syntax import And, Example, Filter, Node, Not, Or, Sum, Term, Words
from lens_indexes.remote import is_remote, path_of

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

__all__ = ["file_at", "parse", "photo_named"]

GRAMMAR = Path(__file__).with_name("query.lark")
MOST_BRACKETS = 64  # and NOTs
HEAVIEST = 1000.0
SHOWN = 72  # characters of a query that an error shows
BEFORE = 24  # of them before the place
EXPECTED = "Words, a photo or a filter were expected here; AND, OR, NOT, +, - and ( as words go in quotation marks."

_PLAIN = re.compile(r"[^\"()+:./\\~-]+")
_OPERATOR = re.compile(r"\b(AND|OR|NOT)\b")
_PATH = re.compile(r"((\.{1,2}|~)?[/\\]|[A-Za-z]:[/\\]|(s3|gs|az)://)[^\s/\\]")
_BOX = re.compile(r"(.+)#(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})", re.DOTALL)


def parse(query: str | Sequence[str]) -> Node:
    """Read a query; docs/QUERY.md has the language.

    Args:
        query: one string, or words that are whole already, of which those that are photo files are examples.

    Raises:
        QueryError: it cannot be understood; a second and third line show where.
    """
    text = _one_text([query] if isinstance(query, str) else query)
    if not text.strip():
        raise QueryError('What should be found? For example: lens search "a dog on a beach"')
    if _PLAIN.fullmatch(text) and not _OPERATOR.search(text):
        return Words(" ".join(text.split()))  # what the grammar says too, at once
    from lark import UnexpectedCharacters, UnexpectedToken

    try:
        tree = _parser().parse(text)
    except UnexpectedToken as error:
        at = len(text) if error.token.type == "$END" else error.token.start_pos or 0
        raise _shown(_expectation(error.token, error.accepts), text, at, 1) from None
    except UnexpectedCharacters as error:
        at = error.pos_in_stream or 0
        what = "This quotation mark is never closed." if text[at] == '"' else EXPECTED
        raise _shown(what, text, at, 1) from None
    _check_depth(tree)
    node: Node = _Reader(text).disjunction(tree.children[0])
    return node


def like(photo: str | Path) -> str:
    """The query for what looks most like a photo, itself left out.

    Raises:
        QueryError: there is none.
    """
    path = file_at(str(photo))
    if path is None:
        raise QueryError(f"There is no photo at {photo}.")
    return str(Filter("similar", str(path)))


def file_at(text: str) -> Path | None:
    """The file at a path; None if there is none, or the text can be no path at all.

    A store is not asked: what is called like a photo there is taken for one.
    """
    if comes_from_afar():
        return None
    try:
        path = path_of(text).expanduser()
        if is_remote(path):
            return path if path.suffix.lower() in PHOTO_SUFFIXES | RAW_SUFFIXES else None
        return path.resolve() if path.is_file() else None
    except (OSError, RuntimeError, ValueError):  # too long, a home of nobody, a NUL
        return None


def photo_named(word: str) -> Path | None:
    """The photo that a word without a folder names, as `dog.jpg` does where it exists."""
    return file_at(word) if Path(word).suffix.lower() in PHOTO_SUFFIXES else None


def _one_text(parts: Sequence[str]) -> str:
    """The parts as one query, those that are files in quotation marks."""
    return " ".join(_file_as_path(part) or part for part in parts)


def _file_as_path(part: str) -> str | None:
    """A part that is a file by itself, as the grammar writes it; None if it is none, or needs no quotation."""
    looks = _PATH.match(part)
    if not part.strip() or file_at(part) is None or not (looks or photo_named(part) or " " in part):
        return None
    return str(Example(part if looks else f"./{part}"))


@cache
def _parser() -> "Lark":
    from lark import Lark

    return Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        maybe_placeholders=True,
        propagate_positions=True,
    )


class _Reader:
    """Makes nodes of what the grammar found.

    Args:
        text: the query, for errors.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def disjunction(self, tree: Any) -> Node:
        parts = tuple(self._conjunction(child) for child in tree.children)
        return parts[0] if len(parts) == 1 else Or(parts)

    def _conjunction(self, tree: Any) -> Node:
        parts = tuple(self._clause(child) for child in tree.children)
        return parts[0] if len(parts) == 1 else And(parts)

    def _clause(self, tree: Any) -> Node:
        return Not(self._clause(tree.children[0])) if tree.data == "negation" else self._sum(tree)

    def _sum(self, tree: Any) -> Node:
        terms: list[Term] = []
        loose: int | None = None  # which term gathers the words that stand by themselves
        run: int | None = None  # which gathers those behind a sign with a space
        for sign, weight, atom in (item.children for item in tree.children):
            node, factor = self._atom(atom), self._factor(sign, weight)
            bare = isinstance(node, Words) and not node.quoted and not _is_tree(atom) and weight is None
            if bare and sign is None:
                into = run if run is not None else loose
                if into is not None:
                    terms[into] = _longer(terms[into], node)
                    continue
                loose = len(terms)
            else:
                run = len(terms) if bare and sign is not None and sign.type == "SPACED" else None
            terms.append(Term(node, factor))
        return terms[0].node if len(terms) == 1 and terms[0].weight == 1 else Sum(tuple(terms))

    def _factor(self, sign: "Token | None", weight: "Token | None") -> float:
        factor = float(weight[:-1]) if weight else 1.0
        if weight is not None and not 0 < factor <= HEAVIEST:
            raise self._wrong(f"A weight is more than 0 and at most {HEAVIEST:g}.", weight)
        return -factor if sign == "-" else factor

    def _atom(self, atom: Any) -> Node:
        if _is_tree(atom):
            return self.disjunction(atom.children[0])
        if atom.type == "PATH":
            return self._example(str(atom), atom)
        if atom.type == "QUOTED":
            text = _unquoted(atom)
            if not text.strip():
                raise self._wrong("Nothing stands between these quotation marks.", atom)
            return self._example(text, atom) if _PATH.match(text) else Words(text, quoted=True)
        if atom.type == "FILTER":
            return self._filter(atom)
        return Example(f"./{atom}") if photo_named(atom) else Words(str(atom))

    def _example(self, text: str, token: "Token") -> Example:
        found = _BOX.fullmatch(text)
        if found is None or file_at(text):  # a name may end like that too
            return Example(text)
        x, y, width, height = map(int, found.groups()[1:])
        if not width or not height:
            raise self._wrong("This part of a photo is empty: it is x,y,width,height in pixels.", token)
        return Example(found[1], (x, y, width, height))

    def _filter(self, token: "Token") -> Node:
        name, _, rest = token.partition(":")
        known = name in FILTERS or name.startswith("meta.")
        if not known and not rest:
            return Words(str(token))  # a word with a colon behind it
        value = re.sub(r'"((?:[^"\\]|\\.)*)"', lambda quoted: _unquoted(quoted[0]), rest, flags=re.DOTALL)
        if not known:
            close = difflib.get_close_matches(name.lower(), [*FILTERS, "meta.NAME"], n=1)
            meant = f"did you mean {close[0]}:?" if close else "docs/QUERY.md lists them."
            raise self._wrong(f"There is no filter {name}: – {meant} Words with a colon go in quotation marks.", token)
        filter_ = Filter(name, value)
        try:
            check_filter(filter_)
        except QueryError as error:
            raise self._wrong(str(error), token) from None
        return filter_

    def _wrong(self, what: str, token: "Token") -> QueryError:
        return _shown(what, self._text, token.start_pos or 0, len(token))


def _is_tree(atom: Any) -> bool:
    return hasattr(atom, "children")


def _longer(term: Term, words: Node) -> Term:
    return Term(Words(f"{term.node} {words}"), term.weight)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _check_depth(tree: "Tree[Token]") -> None:
    """Refuse what nobody means, and what would be too deep to walk down."""
    if sum(part.data in {"group", "negation"} for part in tree.iter_subtrees()) > MOST_BRACKETS:
        raise QueryError(f"A query may have {MOST_BRACKETS} brackets and NOTs.")


def _expectation(token: "Token", accepted: Collection[str]) -> str:
    """What is wrong at a symbol, or at the end, where others would have been accepted."""
    if token.type == "$END" and "_RIGHT" in accepted:
        return "A bracket is never closed."
    return "This bracket closes nothing." if token.type == "_RIGHT" and "$END" in accepted else EXPECTED


def _shown(what: str, text: str, at: int, length: int) -> QueryError:
    """An error with the query below it and a mark under the place."""
    start = max(0, min(at - BEFORE, len(text) - SHOWN))
    line = "".join(character if character.isprintable() else " " for character in text[start : start + SHOWN])
    before, after = ("…" if start else ""), ("…" if start + SHOWN < len(text) else "")
    mark = " " * (len(before) + at - start) + "^" * max(1, min(length, SHOWN - (at - start)))
    return QueryError(f"{what}\n  {before}{line}{after}\n  {mark}")
