"""`lens similar`: find photos that look like one photo."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.console import DeviceOption, IndexOption, JsonOption, PrecisionOption
from lens_cli.search import (
    AllOption,
    EncoderOption,
    FilesOption,
    JsonLinesOption,
    MinOption,
    NulOption,
    SheetOption,
    Surety,
    TopOption,
    answer,
    answer_regions,
    draw,
    least,
    show,
)

if TYPE_CHECKING:
    from lens.curation import Moment
    from lens.search import Match


def similar(
    photo: Annotated[
        Path, typer.Argument(metavar="PHOTO", help="It need not be in the index; with --thing also PHOTO#x,y,w,h.")
    ],
    scene: Annotated[
        bool, typer.Option("--scene", help="Only photos of the same scene, by what they look like.")
    ] = False,
    thing: Annotated[
        bool, typer.Option("--thing", help="Things like this one, among those that lens label found.")
    ] = False,
    moment: Annotated[bool, typer.Option("--moment", help="Photos of the same moment, by time and place.")] = False,
    top: TopOption = 20,
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
) -> None:
    """Find the photos that look most like one photo, itself left out.

    The score is the cosine of the two photos, from -1 to 1: larger is more alike. With --moment it is from 0 to 1,
    halved by every hour and every kilometre between them.
    """
    from lens.search import like
    from lens_indexes.remote import path_of

    photo = path_of(photo)
    if scene + moment + thing > 1:
        raise typer.BadParameter("--scene, --moment and --thing exclude each other")
    wanted = least(show_all or scene or moment or thing, minimum)
    if thing:
        [found] = answer_regions([[str(photo.absolute())]], top, encoder, index, device, precision, others=True)
    elif scene or moment:
        from lens import Library

        curation = Library.open(index, device=device, precision=precision).curation
        found = moments(curation.same_moment(photo, top)) if moment else curation.same_scene(photo, top, encoder)
    else:
        [found] = answer([like(photo)], top, encoder, index, device, precision, least=wanted)
    results = [(str(photo), found)]
    show(results, json=json, jsonl=jsonl, nul=nul, files=files, everything=wanted == "rest")
    if sheet:
        draw(results, sheet)


def moments(found: list["Moment"]) -> list["Match"]:
    """Photos of one moment as the results of a search."""
    from lens.search import Match

    return [Match(each.rank, each.path, each.score, each.id, each.content_hash) for each in found]
