"""`lens review`: looking through what was proposed."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lens_cli.console import IndexOption, JsonOption, print_json, print_line, say
from lens_cli.preview import protocol_of, sequence

if TYPE_CHECKING:
    from lens.reviewing.proposal import Proposal
    from lens.reviewing.reviewing import Reviewing
    from lens_indexes import Edit

KEYS = "[a]ccept, [r]eject, [n]ame, [s]kip, [u]ndo, [q]uit"
WhereOption = Annotated[
    str | None, typer.Option("--where", metavar="EXPR", help="Only such regions, as 'score>=0.6 and category=dog'.")
]


def review(
    query: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY]", help="Only in the photos that answer it.")
    ] = None,
    next_: Annotated[bool, typer.Option("--next", help="Show what waits, one by one, and ask.")] = False,
    where: WhereOption = None,
    accept: Annotated[str | None, typer.Option("--accept", metavar="EXPR", help="Accept such regions.")] = None,
    reject: Annotated[str | None, typer.Option("--reject", metavar="EXPR", help="Reject such regions.")] = None,
    relabel: Annotated[
        str | None, typer.Option("--relabel", metavar="EXPR", help="Give such regions the category --as.")
    ] = None,
    as_: Annotated[str | None, typer.Option("--as", metavar="CATEGORY", help="With --relabel.")] = None,
    undo: Annotated[int, typer.Option("--undo", min=0, metavar="N", help="Take back the last N edits.")] = 0,
    redo: Annotated[int, typer.Option("--redo", min=0, metavar="N", help="Do N edits again.")] = 0,
    history: Annotated[bool, typer.Option("--history", help="List all edits.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many regions are meant.")] = False,
    index: IndexOption = None,
    json: JsonOption = False,
) -> None:
    """Accept, reject and rename regions that were proposed; without an option, count them.

    EXPR compares score, category, source, state, prompt, model and id: 'score>=0.6 and category=dog'. It means proposed
    regions only, unless it speaks of states itself. Every edit can be undone, also days later.
    """
    from lens import Library
    from lens_indexes import RegionState

    asked = [name for name, value in {"--next": next_, "--accept": accept, "--reject": reject, "--relabel": relabel,
             "--undo": undo, "--redo": redo, "--history": history}.items() if value]  # fmt: skip
    if len(asked) > 1:
        raise typer.BadParameter(f"{asked[0]} and {asked[1]} exclude each other")
    if (relabel is None) != (as_ is None):
        raise typer.BadParameter("--relabel EXPR and --as CATEGORY belong together")
    reviewing = Library.open(index).reviewing
    if accept is not None or reject is not None:
        state = RegionState.REJECTED if accept is None else RegionState.ACCEPTED
        _tell(reviewing.decide(accept or reject or "", state, query, dry_run=dry_run), state, dry_run, json)
    elif relabel is not None and as_ is not None:
        _tell(reviewing.relabel(relabel, as_, query, dry_run=dry_run), f"named {as_}", dry_run, json)
    elif undo or redo:
        _list(reviewing.undo(undo) if undo else reviewing.redo(redo), "Took back" if undo else "Did again", json)
    elif history:
        _list(reviewing.history(), "", json)
    elif next_:
        _next(reviewing, query, where, json)
    else:
        _count(reviewing, query, where, json)


def _tell(count: int, what: str, dry_run: bool, json: bool) -> None:
    if json:
        print_json({"regions": count, "done": what, "dry_run": dry_run})
    else:
        say(f"{count:,} regions {'would be ' if dry_run else ''}{what}." if count else "No such region.")


def _list(edits: list["Edit"], done: str, json: bool) -> None:
    if json:
        print_json([{**vars(edit), "at": edit.at.isoformat(timespec="seconds")} for edit in edits])
        return
    for edit in edits:
        undone = " (undone)" if not done and edit.state == "undone" else ""
        print(
            f"{done} {edit.number}: ".lstrip()
            + f"{edit.what}, {edit.regions:,} regions, {edit.at:%Y-%m-%d %H:%M}{undone}"
        )
    if not edits:
        say("There is no edit.")


def _count(reviewing: "Reviewing", query: list[str] | None, where: str | None, json: bool) -> None:
    sources = reviewing.sources()
    waiting = reviewing.queue(query, where)
    if json:
        print_json({"waiting": [_facts(each) for each in waiting], "sources": sources})
        return
    for source in sources:
        states = ", ".join(f"{source.states[state]:,} {state}" for state in sorted(source.states))
        print(f"{source.name}: {states}")
    disputed = sum(each.disputed for each in waiting)
    told = f", sources disagree about {disputed:,} of them" if disputed else ""
    say(f"{len(waiting):,} regions wait to be looked at{told}: lens review --next" if waiting else "Nothing waits.")


def _next(reviewing: "Reviewing", query: list[str] | None, where: str | None, json: bool) -> None:
    asks = sys.stdin.isatty() and not json
    waiting = reviewing.queue(query, where, most=None if asks else 1)
    if json:
        print_json([_facts(each) for each in waiting])
        return
    for at, each in enumerate(waiting, 1):
        print_line(_line(each) + (f"   {at:,} of {len(waiting):,}" if asks else ""))
        _show(each, asks)
        if asks and not _answered(reviewing, each):
            break
    if not waiting:
        say("Nothing waits to be looked at.")


def _answered(reviewing: "Reviewing", proposal: "Proposal") -> bool:
    """Do what is answered about one region; False when that is to leave."""
    from lens_indexes import RegionState

    this = f"id={proposal.region.id}"
    while True:
        say(KEYS)
        key = typer.getchar().lower()
        match key:
            case "a" | "\r" | "\n":
                reviewing.decide(this, RegionState.ACCEPTED)
            case "r":
                reviewing.decide(this, RegionState.REJECTED)
            case "n":
                reviewing.relabel(this, typer.prompt("Category", err=True))
            case "u":
                _list(reviewing.undo(), "Took back", json=False)
                continue
            case "q" | "\x1b" | "\x03" | "\x04":
                return False
            case "s":
                pass
            case _:
                continue
        return True


def _show(proposal: "Proposal", asks: bool) -> None:
    """The region in its photo: in the terminal if that shows pictures, else in the viewer if somebody is there."""
    from lens.config import cache_folder
    from lens.reviewing.picture import picture_of

    protocol = protocol_of(os.environ) if sys.stdout.isatty() else None
    if protocol:
        sys.stdout.write(sequence(picture_of(proposal), protocol) + "\n")
    elif asks:
        file = Path(cache_folder()) / "review.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture_of(proposal).save(file)
        typer.launch(str(file))


def _line(proposal: "Proposal") -> str:
    region = proposal.region
    score = "" if region.score is None else f" {region.score:.2f}"
    disputed = "   sources disagree" if proposal.disputed else ""
    return f"{region.category}{score}   {_place(proposal)}   {region.source}{disputed}"


def _place(proposal: "Proposal") -> str:
    """The photo and the box, as a query takes them."""
    x0, y0, x1, y1 = map(round, proposal.region.box)
    return f"{proposal.path}#{x0},{y0},{max(1, x1 - x0)},{max(1, y1 - y0)}"


def _facts(proposal: "Proposal") -> dict[str, Any]:
    region = proposal.region
    named = ("id", "category", "score", "box", "source", "state", "prompt", "model")
    return {name: getattr(region, name) for name in named} | {"path": proposal.path, "disputed": proposal.disputed}
