"""`lens pick`: a few photos that stand for all."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, say
from lens_cli.search import EncoderOption, FilesOption, JsonLinesOption, NulOption, SheetOption, draw, show


def pick(
    count: Annotated[int, typer.Argument(metavar="N", min=1, help="How many photos.")],
    diverse: Annotated[
        bool, typer.Option("--diverse", help="As different as can be; what is done by default.")
    ] = False,
    typical: Annotated[bool, typer.Option("--typical", help="The most typical ones instead.")] = False,
    balance: Annotated[
        str | None, typer.Option("--balance", metavar="tag|label|folder", help="As many of each as can be.")
    ] = None,
    encoder: EncoderOption = None,
    index: IndexOption = None,
    json: JsonOption = False,
    jsonl: JsonLinesOption = False,
    nul: NulOption = False,
    files: FilesOption = False,
    sheet: SheetOption = None,
) -> None:
    """Pick photos that stand for all, such as are worth labelling first.

    The score is the cosine with the nearest photo picked before, from -1 to 1: smaller brings more that is new.
    """
    from lens import Library

    if diverse and typical:
        raise typer.BadParameter("--diverse and --typical exclude each other")
    picked = Library.open(index).curation.pick(count, typical=typical, balance=balance, encoder=encoder)
    results = [("picked", list(picked.photos))]
    show(results, json=json, jsonl=jsonl, nul=nul, files=files, everything=True)
    covered, chance = picked.coverage, picked.by_chance
    say(
        f"Coverage: every photo has a picked one at a cosine of {covered.mean:.3f} on average, all but a twentieth at "
        f"{covered.low:.3f} or more (by chance {chance.mean:.3f} and {chance.low:.3f})."
    )
    if sheet:
        draw(results, sheet)
