"""`lens caption-score`: how well captions fit their photos."""

from pathlib import Path
from typing import Annotated

import typer

from lens_cli.console import DeviceOption, JsonOption, PrecisionOption, print_json, print_line, say


def caption_score(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="With the columns photo, or image, and caption.")],
    encoder: Annotated[
        str | None, typer.Option("--encoder", metavar="NAME", help="What compares them. [default: builtin]")
    ] = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    json: JsonOption = False,
) -> None:
    """Score how well captions fit their photos: CLIPScore, 2.5 times the cosine, at least 0.

    Scores of different encoders cannot be compared; published ones are of CLIP ViT-B/32.
    """
    from lens.caption_score import read_pairs, score_captions
    from lens.models import load
    from lens.models.catalog import DEFAULT_ENCODER

    pairs = read_pairs(file)
    found = score_captions(pairs, load(encoder or DEFAULT_ENCODER, device=device, precision=precision))
    unread = [each for each in found.scores if each.score is None]
    for each in unread:
        say(f"{each.photo}: {each.problem}")
    if json:
        print_json(found)
    else:
        for each in found.scores:
            if each.score is not None:
                print_line(f"{each.score:6.3f}  {each.photo}  {each.caption}")
    if found.mean is not None:
        captions = len(found.scores) - len(unread)
        say(f"mean {found.mean:.3f} ({found.low:.3f}–{found.high:.3f}), {captions} captions, {found.encoder}")
