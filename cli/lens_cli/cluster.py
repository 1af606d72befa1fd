"""`lens cluster`: photos in clusters that look alike."""

from typing import Annotated

import typer

from lens_cli.console import IndexOption, JsonOption, photos, print_json, print_line
from lens_cli.search import EncoderOption, SheetOption, draw

DRAWN = 5


def cluster(
    count: Annotated[
        int | None, typer.Option("-n", "--count", min=1, metavar="N", help="How many clusters. [default: what fits]")
    ] = None,
    encoder: EncoderOption = None,
    index: IndexOption = None,
    json: JsonOption = False,
    sheet: SheetOption = None,
) -> None:
    """Sort photos into clusters by what they look like, each named by the words that fit it best.

    Cohesion is the mean cosine of a cluster's photos with its centre, from -1 to 1: larger is tighter.
    """
    from lens import Library

    found = Library.open(index).curation.clusters(count, encoder)
    if json:
        print_json(
            [
                {
                    "names": each.names,
                    "cohesion": round(each.cohesion, 4),
                    "photos": [{"path": match.path, "score": round(match.score, 6)} for match in each.photos],
                }
                for each in found
            ]
        )
    else:
        for each in found:
            print(f"{photos(len(each.photos)):>14}  {each.cohesion:5.2f}  {', '.join(each.names)}")
            for match in each.photos[:3]:
                print_line(f"{'':23}{match.path}")
    if sheet:
        draw([(f"{', '.join(each.names)} ({len(each.photos)})", list(each.photos[:DRAWN])) for each in found], sheet)
