"""`lens quality`: photos with something wrong in their pixels."""

from dataclasses import asdict
from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, QuietOption, photos, print_json, print_line, progress_bar, say


def quality(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="FLAW", help="blurred, dark, bright, clipped or empty; may be given again."),
    ] = None,
    top: Annotated[int | None, typer.Option("-t", "--top", min=1, metavar="N", help="Only the worst so many.")] = None,
    files: Annotated[bool, typer.Option("-f", "--files", help="Print paths only, one a line.")] = False,
    index: IndexOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """List photos that are blurred, badly exposed, clipped to black or white, or almost empty, the worst first.

    Sharpness is from 0 to 1, larger is sharper; severity says how far beyond its limit the worst measure is, 0 to 1.
    """
    from lens import Library
    from lens.curation import FLAWS

    with progress_bar(quiet=quiet, doing="Looking") as report:
        found = Library.open(index).curation.quality(only or FLAWS, on_progress=report)[:top]
    if json:
        rows = []
        for each in found:
            measures = asdict(each.photo.measures) if each.photo.measures else {}
            measures.pop("perceptual_hash", None)
            rows.append({"path": each.photo.path, "flaws": each.flaws, "severity": round(each.severity, 4)} | measures)
        print_json(rows)
    else:
        for each in found:
            why = "" if files else f"{each.severity:5.2f}  {', '.join(each.flaws):20}  "
            print_line(f"{why}{each.photo.path}")
    say(f"{photos(len(found))} with flaws.")
