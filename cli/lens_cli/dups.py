"""`lens dups`: duplicates in groups, and moving them aside."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lens_cli.console import (
    IndexOption,
    JsonOption,
    QuietOption,
    confirm,
    photos,
    print_json,
    print_line,
    progress_bar,
    say,
)
from lens_cli.search import EncoderOption, SheetOption

if TYPE_CHECKING:
    from lens.curation import DuplicateGroup, Moved


def dups(
    exact: Annotated[bool, typer.Option("--exact", help="Only the same bytes or the same pixels.")] = False,
    move_to: Annotated[
        Path | None, typer.Option("--move-to", metavar="DIR", help="Move all but the best of each group there.")
    ] = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="With --move-to: the best takes over tags, rating and place.")
    ] = False,
    undo: Annotated[Path | None, typer.Option("--undo", metavar="DIR", help="Move back what was moved there.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --move-to: only say what would be moved.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    encoder: EncoderOption = None,
    index: IndexOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
    sheet: SheetOption = None,
) -> None:
    """Show duplicates: exact ones, and near ones that were resized, recoloured, marked, mirrored, rotated or cut.

    Each group begins with the photo to keep. Nothing is ever deleted.
    """
    from lens import Library

    if undo and (move_to or dry_run or take_over or sheet):
        raise typer.BadParameter("--undo goes with no other action")
    if (dry_run or take_over) and not move_to:
        raise typer.BadParameter("--dry-run and --take-over need --move-to DIR")
    curation = Library.open(index).curation
    if undo:
        tell_moves(curation.undo_moves(undo), "Moved back", json=json)
        return
    with progress_bar(quiet=quiet, doing="Looking") as report:
        groups = curation.duplicates(exact=exact, encoder=encoder, on_progress=report)
    if sheet:
        draw_groups(groups, sheet)
    if not move_to:
        show(groups, json=json)
        return
    planned = curation.move_duplicates(groups, move_to, dry_run=True)
    if dry_run or not planned.moves:
        tell_moves(planned, "Would move", json=json)
        return
    if not yes:
        confirm(f"Move {photos(len(planned.moves))} to {move_to}?")
    tell_moves(curation.move_duplicates(groups, move_to, take_over=take_over), "Moved", json=json)
    say(f"To move them back: lens dups --undo {move_to}")


def show(groups: list["DuplicateGroup"], *, json: bool) -> None:
    """Print the groups."""
    if json:
        print_json([row(group) for group in groups])
    else:
        for group in groups:
            print_line(f"{'keep: ' + group.why:22} {group.kept.path}  ({group.kept.width}×{group.kept.height})")
            for each in group.others:
                print_line(f"  {each.reason:20} {each.photo.path}  ({each.photo.width}×{each.photo.height})")
    more = sum(len(group.others) for group in groups)
    say(f"{photos(more)} in {len(groups):,} groups could go." if groups else "There are no duplicates.")


def row(group: "DuplicateGroup") -> dict[str, Any]:
    """A group as JSON has it."""
    others = [{"path": each.photo.path, "reason": each.reason, "size": each.photo.size} for each in group.others]
    return {"keep": group.kept.path, "why": group.why, "duplicates": others}


def tell_moves(moved: "Moved", done: str, *, json: bool) -> None:
    """Print what was moved, and say what was not."""
    if json:
        print_json({"moves": moved.moves, "refused": [{"path": path, "reason": why} for path, why in moved.refused]})
    else:
        for move in moved.moves:
            print_line(f"{move.source} -> {move.target}" if done != "Moved back" else f"{move.target} -> {move.source}")
        for path, why in moved.refused:
            say(f"stays: {path}: {why}")
    say(f"{done} {photos(len(moved.moves))}.")


def draw_groups(groups: list["DuplicateGroup"], file: Path) -> None:
    """Save a contact sheet of the groups, each led by the photo to keep."""
    from lens.search import Match
    from lens_cli.search import draw

    drawn = []
    for number, group in enumerate(groups, start=1):
        members = [group.kept, *(each.photo for each in group.others)]
        reasons = ", ".join(dict.fromkeys(each.reason for each in group.others))
        matches = [Match(rank, each.path, 1.0, each.id, each.content_hash) for rank, each in enumerate(members, 1)]
        drawn.append((f"{number}. {group.why}; {reasons}", matches))
    draw(drawn, file)
