"""`lens search`: find photos by words, by example, or by both."""

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.console import (
    DeviceOption,
    IndexOption,
    JsonOption,
    PrecisionOption,
    photos,
    print_json,
    print_json_line,
    print_line,
    say,
)

if TYPE_CHECKING:
    from lens.search import Band, Match


class Surety(StrEnum):
    """The bands of `lens.search`, which is not imported for `--help`."""

    CONFIDENT = "confident"
    LIKELY = "likely"
    REST = "rest"


TopOption = Annotated[int, typer.Option("-t", "--top", min=1, metavar="N", help="How many photos to find at the most.")]
AllOption = Annotated[bool, typer.Option("--all", help="Show the rest too, which is probably not what was asked for.")]
MinOption = Annotated[
    Surety, typer.Option("--min", help="The least sure photos to show: confident, likely or rest.", show_default=True)
]
EncoderOption = Annotated[str | None, typer.Option("--encoder", metavar="NAME", help="Whose vectors to search.")]
JsonLinesOption = Annotated[bool, typer.Option("--jsonl", help="Print one line of JSON for each photo.")]
NulOption = Annotated[bool, typer.Option("-0", "--print0", help="Print paths only, each ended by a NUL.")]
FilesOption = Annotated[bool, typer.Option("-f", "--files", help="Print paths only, one a line.")]
SheetOption = Annotated[
    Path | None, typer.Option("--sheet", metavar="FILE", help="Also draw the photos found: .html, .jpg or .png.")
]
CopyOption = Annotated[
    Path | None, typer.Option("--copy-to", metavar="DIR", help="Also copy the photos found; nothing is overwritten.")
]
LinkOption = Annotated[
    Path | None, typer.Option("--link-to", metavar="DIR", help="Also put links to the photos found into a folder.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only say what would be copied or linked.")]
PreviewOption = Annotated[
    bool,
    typer.Option("--preview/--no-preview", help="Show the best photos where the terminal can."),
]


def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY...", help="Words, ./cat.jpg as an example, filters; see docs/QUERY.md."),
    ] = None,
    top: TopOption = 20,
    queries: Annotated[
        Path | None, typer.Option("--queries", metavar="FILE", help="Answer each line of a file; - is stdin.")
    ] = None,
    encoder: EncoderOption = None,
    index: IndexOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    json: JsonOption = False,
    jsonl: JsonLinesOption = False,
    nul: NulOption = False,
    files: FilesOption = False,
    sheet: SheetOption = None,
    show_all: AllOption = False,
    minimum: MinOption = Surety.LIKELY,
    copy_to: CopyOption = None,
    link_to: LinkOption = None,
    dry_run: DryRunOption = False,
    preview: PreviewOption = True,
    regions: Annotated[
        bool, typer.Option("--regions", help="Rank the things that lens label found, rather than whole photos.")
    ] = False,
) -> None:
    """Find photos by words, by example, and by what is known of them.

    The score is the cosine of query and photo, from -1 to 1, or with AND, OR and NOT the standard score: larger is
    closer, within one query. Photos come in bands, confident, likely and rest, by how probable it is that they are
    right; the rest is left out unless --all is given.
    """
    if (queries is None) == (not words):
        raise typer.BadParameter("give either words or --queries FILE")
    check_copying(copy_to, link_to, dry_run)
    asked: list[str | list[str]] = [words] if words else [*read_queries(queries)]
    found: list[list[Match]]
    if regions:
        found = answer_regions(asked, top, encoder, index, device, precision)
    else:
        found = answer(asked, top, encoder, index, device, precision, least=least(show_all, minimum))
    results = [
        (query if isinstance(query, str) else " ".join(query), matches)
        for query, matches in zip(asked, found, strict=True)
    ]
    everything = regions or least(show_all, minimum) == "rest"
    show(results, json=json, jsonl=jsonl, nul=nul, files=files, everything=everything)
    if preview and not (json or jsonl or nul or files):
        preview_on_terminal(results)
    if sheet:
        draw(results, sheet)
    if copy_to or link_to:
        copy(results, copy_to, link_to, dry_run=dry_run)


def answer(
    asked: list[str | list[str]],
    top: int,
    encoder: str | None,
    index: str | None,
    device: str | None,
    precision: str | None,
    *,
    least: "Band",
) -> list[list["Match"]]:
    """Let a server answer that runs for this index, else search here."""
    from lens.asking import ask
    from lens.config import index_uri

    if device is None and precision is None:
        found = ask(index_uri(index), asked, top, encoder, least)
        if found is not None:
            return found
    from lens import Library

    library = Library.open(index, device=device, precision=precision)
    return library.search_many(asked, top=top, encoder=encoder, least=least)


def answer_regions(
    asked: list[str | list[str]],
    top: int,
    encoder: str | None,
    index: str | None,
    device: str | None,
    precision: str | None,
    *,
    others: bool = False,
) -> list[list["Match"]]:
    """The regions for each query, from `lens serve` where it runs."""
    from lens.asking import ask_regions
    from lens.config import index_uri

    if device is None and precision is None:
        served = ask_regions(index_uri(index), asked, top, encoder, others=others)
        if served is not None:
            return [[*matches] for matches in served]
    from lens import Library

    library = Library.open(index, device=device, precision=precision)
    return [[*library.search_regions(query, top, encoder, others=others)] for query in asked]


def least(show_all: bool, minimum: Surety) -> "Band":
    """The least sure band to show."""
    from lens.search import Band

    return Band.REST if show_all else Band(minimum)


def read_queries(file: Path | None) -> list[str]:
    """The lines of a file of queries, empty ones left out."""
    try:
        text = sys.stdin.read() if str(file) == "-" else Path(str(file)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{file} cannot be read: {error}", param_hint="--queries") from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise typer.BadParameter(f"{file} holds no query", param_hint="--queries")
    return lines


def show(
    results: list[tuple[str, list["Match"]]], *, json: bool, jsonl: bool, nul: bool, files: bool, everything: bool
) -> None:
    """Print matches in the form that was asked for; `everything` says that no band was left out."""
    rows = [row_of(query, match) for query, matches in results for match in matches]
    if json:
        print_json(rows)
    elif jsonl:
        for row in rows:
            print_json_line(row)
    elif nul:
        print("".join(f"{match.spot}\0" for _, matches in results for match in matches), end="")
    elif files:
        print_line("\n".join(match.spot for _, matches in results for match in matches))
    else:
        for query, matches in results:
            if len(results) > 1:
                say(f"\n{query}")
            show_matches(matches)
    for query, matches in results:
        if not matches and not everything:
            say(_nothing(query))
    if everything and not rows:
        say("No photo was found.")


LONGEST_SHOWN = 100
"""Letters of a query that are said again."""


def _nothing(query: str) -> str:
    """What is said where no photo answers."""
    from lens.search.composing import is_filter
    from lens.search.parsing import parse

    line = " ".join(query.split())
    shown = line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"
    if is_filter(parse([query])):
        return f"No photo meets {shown}."
    return f"Nothing close to {shown}. --all shows what is nearest."


def row_of(query: str, match: "Match") -> dict[str, object]:
    """A match as JSON has it."""
    from lens.search import RegionMatch

    row: dict[str, object] = {
        "query": query,
        "rank": match.rank,
        "path": str(match.path),
        "score": round(match.score, 6),
        "id": match.id,
        "band": match.band,
        "probability": None if match.probability is None else round(match.probability, 4),
    }
    if isinstance(match, RegionMatch):
        row |= {name: getattr(match, name) for name in ("region", "box", "category", "source")}
    return row


def show_matches(matches: list["Match"]) -> None:
    """Scores and paths on stdout, and on stderr where a band begins."""
    band = None
    for match in matches:
        if match.band != band and match.probability is not None:
            band = match.band
            say(band)
        print_line(f"{match.score:6.3f}  {match.spot}{_category(match)}", at_once=True)


def _category(match: "Match") -> str:
    return f"  {category}" if (category := getattr(match, "category", "")) else ""


def draw(results: list[tuple[str, list["Match"]]], file: Path) -> None:
    """Save the contact sheet of the results."""
    from lens.search.sheet import save_sheet

    save_sheet(results, file)
    say(f"The photos found are drawn in {file}.")


def preview_on_terminal(results: list[tuple[str, list["Match"]]]) -> None:
    """Show the best photos, if stdout is a terminal that says it can show pictures."""
    from lens_cli.preview import preview, protocol_of

    protocol = protocol_of(os.environ) if sys.stdout.isatty() else None
    if protocol:
        preview(results, protocol)


def check_copying(copy_to: Path | None, link_to: Path | None, dry_run: bool) -> None:
    """Refuse options that make no sense together."""
    if copy_to and link_to:
        raise typer.BadParameter("give either --copy-to or --link-to")
    if dry_run and not copy_to and not link_to:
        raise typer.BadParameter("--dry-run goes with --copy-to or --link-to")


def copy(
    results: list[tuple[str, list["Match"]]], copy_to: Path | None, link_to: Path | None, *, dry_run: bool
) -> None:
    """Copy the photos found to one folder, or link them there."""
    from lens.copies import carry_out, plan_copies

    folder, link = (link_to or copy_to or Path()).expanduser().absolute(), link_to is not None
    found = [match.path for _, matches in results for match in matches]
    copies = plan_copies(found, folder, link=link)
    there = sum(each.there for each in copies)
    known = f"; {photos(there)} there already" if there else ""
    if dry_run:
        for each in copies:
            if not each.there:
                say(f"{each.source} -> {each.target}")
        say(f"Would {'link' if link else 'copy'} {photos(len(copies) - there)} to {folder}{known}.")
        return
    say(f"{'Linked' if link else 'Copied'} {photos(carry_out(copies, link=link))} to {folder}{known}.")
