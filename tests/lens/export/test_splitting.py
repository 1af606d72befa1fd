"""Splits are always the same, roughly of the size asked for, and keep together what is alike."""

import json
from collections import Counter
from datetime import datetime

import pytest
from PIL import Image

from lens.errors import ExportError
from lens.export.splitting import Groups, check_shares, split_of_group
from lens_indexes import Index
from tests.labelled import labelled


@pytest.mark.parametrize("shares", [(0.8, 0.1, 0.1), (0.5, 0.5), (0.0, 1.0), (1.0, 0.0), (0.25, 0.0, 0.75)])
def test_shares_are_met_roughly_and_never_by_none(shares):
    found = Counter(split_of_group(f"group {number}", shares) for number in range(4000))
    for name, share in zip(("train", "val", "test"), shares, strict=False):
        assert found[name] == pytest.approx(4000 * share, abs=130 if 0 < share < 1 else 0)


@pytest.mark.parametrize("shares", [(1,), (0.5, 0.6), (0.5, 0.2, 0.2, 0.1), (1.5, -0.5), (float("nan"), 1.0), ()])
def test_what_is_no_split_is_refused(shares):
    with pytest.raises(ExportError, match="shares that make 1"):
        check_shares(shares)


def test_groups_are_found_by_their_pairs():
    groups = Groups("abcdefg")
    for one, other in ("ab", "cd", "bd", "ff", "ef"):
        groups.join(one, other)
    assert ["".join(groups.leader(each)) for each in "abcdefg"] == list("aaaaeeg")


def test_duplicates_and_bursts_stay_together(library, samples, tmp_path, encoder):
    folder = tmp_path / "photos"
    (folder / "edits").mkdir(parents=True)
    (folder / "burst").mkdir()
    for file in sorted(samples.glob("*.jpg")):
        (folder / file.name).write_bytes(file.read_bytes())
        with Image.open(file) as image:
            image.resize((image.width // 2, image.height // 2)).save(folder / "edits" / f"{file.stem}-small.jpg")
    start = datetime(2026, 1, 1, 12)
    for number in range(12):  # one every eight seconds, each unlike the others
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = (
            f"{start.replace(minute=number * 8 // 60, second=number * 8 % 60):%Y:%m:%d %H:%M:%S}"
        )
        picture = Image.effect_noise((64, 48), 50 + number).convert("RGB")
        picture.save(folder / "burst" / f"{number}.jpg", exif=exif)
    library.index([folder], encoder)
    Index.open(library.uri)

    def splits(place):
        report = library.exchange.export("jsonl", place, shares=[0.5, 0.3, 0.2])
        rows = [json.loads(line) for line in (place / "regions.jsonl").read_text().splitlines()]
        assert report.splits == Counter(row["split"] for row in rows)
        return {row["photo"]: row["split"] for row in rows}

    found = splits(tmp_path / "one")
    assert found == splits(tmp_path / "two")
    assert len(set(found.values())) == 3
    for file in samples.glob("*.jpg"):
        assert found[file.name] == found[f"edits/{file.stem}-small.jpg"]
    assert len({split for name, split in found.items() if name.startswith("burst/")}) == 1


def test_a_query_moves_no_photo(library, tmp_path):
    labelled(library, tmp_path / "photos")
    whole, part = tmp_path / "whole", tmp_path / "part"
    library.exchange.export("yolo", whole, shares=[0.5, 0.5])
    library.exchange.export("yolo", part, "folder:b", shares=[0.5, 0.5])

    def placed(place):
        # By content: a name depends on which others there are.
        return {file.read_bytes(): file.parent.name for file in (place / "images").rglob("*.*") if file.is_file()}

    assert placed(part).items() <= placed(whole).items()
    assert len(placed(part)) == 2
    assert (part / "images" / "train").is_dir()
    assert (part / "labels" / "val").is_dir()
