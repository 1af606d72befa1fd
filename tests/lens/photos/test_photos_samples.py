"""The photos that ship with the project."""

import re
from pathlib import Path

from lens.photos import FoundPhoto, read_photo, scan

# | [file](file) | source | [CC …](link) …
CREDIT = re.compile(r"^\| \[([^]]+)\]\(\1\) \|[^|]+\| \[CC[^|]+\)", re.MULTILINE)


def test_every_sample_is_credited_and_can_be_read(samples: Path) -> None:
    found = {item.relative: item for item in scan(samples) if isinstance(item, FoundPhoto)}
    credited = re.findall(
        r"^\| \[([^]]+)\]\(\1\) \|[^|]+\| \[CC[^|]+\)", (samples / "CREDITS.md").read_text(), re.MULTILINE
    )
    assert sorted(credited) == sorted(found)
    assert 20 <= len(found) <= 30
    for item in found.values():
        assert min(read_photo(item.path).image.size) >= 200
    assert sum(item.size for item in found.values()) < 4_000_000


def test_some_samples_lie_in_folders_of_folders(samples: Path) -> None:
    assert {item.relative.count("/") for item in scan(samples)} == {0, 1, 2}
