"""`lens unusual`: photos that are unlike all others."""

from lens_cli.console import IndexOption, JsonOption
from lens_cli.search import EncoderOption, FilesOption, JsonLinesOption, NulOption, SheetOption, TopOption, draw, show


def unusual(
    top: TopOption = 20,
    encoder: EncoderOption = None,
    index: IndexOption = None,
    json: JsonOption = False,
    jsonl: JsonLinesOption = False,
    nul: NulOption = False,
    files: FilesOption = False,
    sheet: SheetOption = None,
) -> None:
    """Find the photos least like all others.

    The score is one minus the cosine with the tenth nearest photo, from 0 to 2: larger is more unusual.
    """
    from lens import Library

    results = [("unusual", Library.open(index).curation.unusual(top, encoder))]
    show(results, json=json, jsonl=jsonl, nul=nul, files=files, everything=True)
    if sheet:
        draw(results, sheet)
