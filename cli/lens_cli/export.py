"""`lens export`: regions for other programs."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, QuietOption, photos, print_json, progress_bar, say
from lens_cli.search import EncoderOption

if TYPE_CHECKING:
    from lens.export import ExportReport


class Placing(StrEnum):
    """The `Pictures` of `lens.export`, which is not imported for `--help`."""

    COPY = "copy"
    LINK = "link"
    LEAVE = "leave"


class More(StrEnum):
    """States that are not exported unless asked for."""

    PROPOSED = "proposed"
    REJECTED = "rejected"


def export(
    format_: Annotated[str | None, typer.Argument(metavar="FORMAT", help="One of `lens export --list`.")] = None,
    place: Annotated[Path | None, typer.Argument(metavar="OUT", help="A file or folder that is not there yet.")] = None,
    query: Annotated[
        list[str] | None, typer.Argument(metavar="[QUERY...]", help="Whose photos; all if nothing is said.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the formats.")] = False,
    include: Annotated[list[More] | None, typer.Option("--include", help="Also proposed or rejected regions.")] = None,
    source: Annotated[list[str] | None, typer.Option("--source", metavar="NAME", help="Of this source alone.")] = None,
    category: Annotated[
        list[str] | None, typer.Option("--category", metavar="NAME", help="Of this category alone.")
    ] = None,
    placing: Annotated[
        Placing | None,
        typer.Option("--photos", help="Copy, link or leave the photos. [default: as the format needs it]"),
    ] = None,
    split: Annotated[
        str | None, typer.Option("--split", metavar="0.8,0.1,0.1", help="Shares for train, val and test.")
    ] = None,
    top: Annotated[
        int | None, typer.Option("-t", "--top", min=1, metavar="N", help="Photos; 20 for words, all for filters.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="In the place of an earlier export.")] = False,
    encoder: EncoderOption = None,
    index: IndexOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Export regions that people have accepted or edited, for any query, in a format of other programs."""
    from lens.export import FORMATS, Pictures

    if list_:
        for name, form in FORMATS.items():
            print(f"{name:13} {form.says}")
        return
    if format_ is None or place is None:
        raise typer.BadParameter("give a format and a place: lens export coco out.json; --list shows the formats")
    from lens import Library
    from lens.exchange import REVIEWED
    from lens_indexes import RegionState

    with progress_bar(quiet=quiet, doing="Exporting") as report:
        done = Library.open(index).exchange.export(
            format_,
            place,
            query or (),
            top=top,
            encoder=encoder,
            states=[*REVIEWED, *map(RegionState, include or ())],
            sources=source or (),
            categories=category or (),
            pictures=Pictures(placing) if placing else None,
            shares=_shares(split),
            force=force,
            on_progress=report,
        )
    if json:
        print_json(done)
    elif not quiet:
        tell(done)


def tell(done: "ExportReport") -> None:
    """Say what was exported, what was left out, and what the format could not hold."""
    say(f"Exported {photos(done.photos)}, {done.empty:,} of them without regions, and {done.regions:,} regions.")
    for name, count in done.splits.items():
        say(f"{count:9,}  {name}")
    for name, count in done.categories.items():
        say(f"{count:9,}  {name}")
    for reason, count in done.left_out.items():
        say(f"left out: {count:,} {reason}")
    for line in done.left_photos:
        say(f"  {line}")
    for loss, count in done.losses.items():
        say(f"told apart from the index: {count:,} {loss}")
    print(done.place)


def _shares(split: str | None) -> list[float]:
    from lens.errors import ExportError
    from lens.export.splitting import read_shares

    try:
        return read_shares(split or "")
    except ExportError as error:
        raise typer.BadParameter(str(error), param_hint="--split") from error
