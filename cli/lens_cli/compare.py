"""`lens compare`: two sources of regions beside each other."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, photos, print_json, say

if TYPE_CHECKING:
    from lens.reviewing.comparing import CategoryScore, Comparison

SHOWN = 12  # photos in the picture


def compare(
    found: Annotated[str, typer.Argument(metavar="SOURCE", help="What is judged, such as what a detector found.")],
    truth: Annotated[str, typer.Argument(metavar="TRUTH", help="The source it is judged by.")],
    overlap: Annotated[
        float, typer.Option("--overlap", min=0.01, max=1.0, metavar="IOU", help="From which two are one thing.")
    ] = 0.5,
    masks: Annotated[bool, typer.Option("--masks", help="Compare masks rather than boxes.")] = False,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="FILE", help="Draw the confusions and the photos that differ.")
    ] = None,
    index: IndexOption = None,
    json: JsonOption = False,
) -> None:
    """Judge one source of labels by another: precision, recall, average precision, and what is taken for what.

    Both may be detectors. Only photos that both have looked at count, and rejected regions are left out.
    """
    from lens import Library

    reviewing = Library.open(index).reviewing
    compared = reviewing.compare(found, truth, least=overlap, masks=masks)
    if json:
        print_json(_facts(compared))
    else:
        _table(compared)
    if sheet:
        from lens.reviewing.picture import save_comparison

        save_comparison(compared, reviewing.differing(compared, most=SHOWN), sheet)
        say(f"The picture is in {sheet}.")


def _table(compared: "Comparison") -> None:
    say(f"{compared.found} judged by {compared.truth}, over {photos(compared.photos)} that both looked at.")
    print(f"{'category':24}  found   true  right  precision  recall     AP   AP50")
    for score in [*compared.categories, compared.overall]:
        numbers = (score.precision, score.recall, score.ap, score.ap50)
        shown = [
            f"{'–' if number is None else format(number, '.3f'):>{width}}"
            for number, width in zip(numbers, (9, 6, 5, 5), strict=True)
        ]
        print(f"{score.category:24} {score.found:6,} {score.true:6,} {score.right:6,}  " + "  ".join(shown))
    for what in ("missed", "spurious", "confused"):
        say(f"lens search '{what}:\"{compared.found} vs {compared.truth}\"' shows the photos with what is {what}.")


def _facts(compared: "Comparison") -> dict[str, object]:
    return {
        "found": compared.found,
        "truth": compared.truth,
        "photos": compared.photos,
        "overall": _numbers(compared.overall),
        "categories": [_numbers(score) for score in compared.categories],
        "confusion": compared.confusion.tolist(),
    }


def _numbers(score: "CategoryScore") -> dict[str, object]:
    return {**vars(score), "precision": score.precision, "recall": score.recall}
