"""`lens similar`: find photos that look like one photo."""

from pathlib import Path
from typing import Annotated

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
    draw,
    least,
    show,
)


def similar(
    photo: Annotated[Path, typer.Argument(metavar="PHOTO", help="It need not be in the index.")],
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

    The score is the cosine of the two photos, from -1 to 1: larger is more alike.
    """
    from lens.search import like

    wanted = least(show_all, minimum)
    [found] = answer([like(photo)], top, encoder, index, device, precision, least=wanted)
    results = [(str(photo), found)]
    show(results, json=json, jsonl=jsonl, nul=nul, files=files, everything=wanted == "rest")
    if sheet:
        draw(results, sheet)
