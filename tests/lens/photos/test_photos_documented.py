"""The list of formats names every suffix, and which of them nothing was tested with."""

import re
from pathlib import Path

from lens.photos import PHOTO_SUFFIXES, RAW_SUFFIXES

ROWS = [line.split("|") for line in Path("docs/FORMATS.md").read_text(encoding="utf-8").splitlines() if "|" in line]


def suffixes(untested: bool) -> set[str]:
    listed = [row[2] for row in ROWS if len(row) == 5 and ("untested" in row[1]) == untested]
    return {f".{suffix}" for column in listed for suffix in re.findall(r"[a-z0-9]+", column)} - {".suffixes"}


def test_every_suffix_is_in_the_list() -> None:
    assert suffixes(untested=False) | suffixes(untested=True) == PHOTO_SUFFIXES | RAW_SUFFIXES


def test_raw_of_cameras_is_untested_but_for_dng() -> None:
    assert suffixes(untested=True) == RAW_SUFFIXES - {".dng"}
