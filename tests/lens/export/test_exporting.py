"""An export is whole or not there, under names that stay in it, with all photos and the regions that were chosen."""

import csv
import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens.errors import ExportError, QueryError
from lens.export import FORMATS, Pictures, output
from lens.labeling.masks import decoded, extent_of
from lens_indexes import RegionState
from tests.cli.test_commands import environment
from tests.conftest import ROOT
from tests.fakes import ColourEncoder
from tests.labelled import CATEGORIES, NAMES, labelled, photos_of, rows_for
from tests.orientations import save_orientations

KINDS = 6
REGIONS = (len(NAMES) - 1) * KINDS


@pytest.fixture
def index(library, tmp_path):
    return labelled(library, tmp_path / "photos")


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def everything(folder):
    return {str(file.relative_to(folder)): file.readlink() if file.is_symlink() else file.read_bytes()
            for file in sorted(folder.rglob("*")) if not file.is_dir()}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("pictures", [None, *Pictures])
def test_every_format_is_written_below_its_place(library, index, tmp_path, name, pictures):
    out = tmp_path / "out" / "deep"
    if FORMATS[name].needs_pictures and pictures is Pictures.LEAVE:
        with pytest.raises(ExportError, match="nothing without photos"):
            library.exchange.export(name, out, pictures=pictures)
        return
    before = set(tmp_path.rglob("*"))
    report = library.exchange.export(name, out, pictures=pictures)
    made = set(tmp_path.rglob("*")) - before
    assert all(path.is_relative_to(tmp_path / "out") for path in made)
    assert list((tmp_path / "out").iterdir()) == [out]
    assert (report.photos, report.empty) == (len(NAMES), 1)
    assert report.regions == REGIONS - (len(NAMES) - 1) * (name == "masks")  # which cannot hold what is only a box
    with (out / "lens-photos.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["path"] for row in rows} == {str(tmp_path / "photos" / each) for each in NAMES}
    assert len({row["name"].casefold() for row in rows}) == len(NAMES)
    placed = pictures or FORMATS[name].pictures
    if placed is not Pictures.LEAVE and name != "webdataset":
        for row in rows:
            picture = out / row["file"]
            assert picture.is_symlink() == (placed is Pictures.LINK)
            assert picture.read_bytes() == Path(row["path"]).read_bytes()


def test_only_what_people_have_said_yes_to_is_exported(library, index, tmp_path):
    some = index.regions.of_photos(list(photos_of(index)))
    said = [RegionState.PROPOSED] * 5 + [RegionState.REJECTED] * 2 + [RegionState.EDITED] * 2
    index.regions.patch({row.id: {"state": state} for row, state in zip(some, said, strict=False)})
    report = library.exchange.export("jsonl", tmp_path / "a.jsonl")
    assert report.left_out == {"proposed regions": 5, "rejected regions": 2}
    held = [region["id"] for line in lines(tmp_path / "a.jsonl") for region in line["regions"]]
    assert sorted(held) == sorted(row.id for row in some[7:])
    states = [RegionState.ACCEPTED, RegionState.EDITED, RegionState.PROPOSED]
    assert library.exchange.export("jsonl", tmp_path / "b.jsonl", states=states).regions == REGIONS - 2


def test_queries_sources_and_categories_choose(library, index, tmp_path):
    other = rows_for(index, photos_of(index), source="other")
    index.regions.add(other, {})
    report = library.exchange.export("csv", tmp_path / "a.csv", "folder:b", sources=["other"], categories=["dog"])
    assert report.photos == 2
    assert set(report.categories) == {"dog"}
    assert report.left_out["regions of other sources"] == 2 * KINDS
    index.hidden.set("other", hidden=True)
    report = library.exchange.export("csv", tmp_path / "shown.csv")
    assert report.left_out == {"regions of hidden sources": REGIONS}
    assert library.exchange.export("csv", tmp_path / "named.csv", sources=["other"]).regions == REGIONS
    with pytest.raises(QueryError, match="no source they; there are: me, other"):
        library.exchange.export("csv", tmp_path / "b.csv", sources=["they"])
    with pytest.raises(QueryError, match="no category cat"):
        library.exchange.export("csv", tmp_path / "b.csv", categories=["cat"])


def test_photos_of_one_name_in_two_folders_stay_apart(library, index, tmp_path):
    library.exchange.export("yolo", tmp_path / "out", pictures=Pictures.COPY)
    stems = sorted(file.stem for file in (tmp_path / "out" / "labels" / "train").iterdir())
    assert [stem for stem in stems if stem.lower().startswith("same")] == ["Same-2", "same", "same-3"]
    assert {file.stem for file in (tmp_path / "out" / "images" / "train").iterdir()} == set(stems)


def test_nothing_is_overwritten_unless_it_is_an_export(library, index, tmp_path):
    out, file = tmp_path / "out", tmp_path / "out.json"
    library.exchange.export("voc", out)
    library.exchange.export("coco", file)
    before = everything(out), file.read_bytes()
    for name, place in (("voc", out), ("coco", file), ("voc", file / "sub")):
        with pytest.raises(ExportError):
            library.exchange.export(name, place)
    assert (everything(out), file.read_bytes()) == before
    (out / "labels.cache").touch()
    library.exchange.export("cvat", out, force=True)
    assert (out / "annotations.xml").exists()
    assert not (out / "Annotations").exists()
    library.exchange.export("coco", file, categories=["dog"], force=True)
    assert file.read_bytes() != before[1]

    (out / "mine.txt").write_text("mine")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    (tmp_path / "link").symlink_to(mine)
    for place, reason in ((out, "gained files"), (mine, "not made by an export"), (tmp_path / "link", "no folder")):
        with pytest.raises(ExportError, match=reason):
            library.exchange.export("voc", place, force=True)
    with pytest.raises(ExportError, match="no folder"):
        library.exchange.export("voc", file, force=True)
    assert (mine / "notes.txt").exists()
    assert (out / "mine.txt").exists()


def test_an_export_that_fails_leaves_nothing(library, index, tmp_path, monkeypatch):
    monkeypatch.setattr("lens.export.masks.MOST", 2)
    with pytest.raises(ExportError, match="holds 2 categories"):
        library.exchange.export("masks", tmp_path / "made" / "out")
    assert list((tmp_path / "made").iterdir()) == []
    with pytest.raises(ExportError, match="There is no format yoyo: coco, "):
        library.exchange.export("yoyo", tmp_path / "out")
    with pytest.raises(ExportError, match="need a folder"):
        library.exchange.export("coco", tmp_path / "out.json", shares=[0.5, 0.5])
    with pytest.raises(ExportError, match="shares that make 1"):
        library.exchange.export("coco", tmp_path / "out", shares=[0.5, 0.6])
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="cannot be written"):
        library.exchange.export("coco", tmp_path / "file" / "out")


def test_an_export_that_is_killed_leaves_no_half_file(library, index, tmp_path):
    program = f"""
import time
from lens import Library
from lens.export import dataset
whole = dataset.Dataset.each
def slow(*arguments):
    for photo in whole(*arguments):
        yield photo
        time.sleep(0.2)
dataset.Dataset.each = slow
Library.open({str(library.uri)!r}).exchange.export("yolo", {str(tmp_path / "out" / "yolo")!r})
"""
    running = subprocess.Popen([sys.executable, "-c", program], env=environment())
    while not list((tmp_path / "out").rglob("*.txt")):
        assert running.poll() is None
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "out" / "yolo").exists()
    [left] = (tmp_path / "out").iterdir()
    assert left.name.endswith(output.PART)
    assert library.exchange.export("yolo", tmp_path / "out" / "yolo").photos == len(NAMES)


def test_every_box_contains_its_mask(library, index, tmp_path):
    some = index.regions.of_photos(list(photos_of(index)))
    tight = [row for row in some if row.mask]
    smaller = np.array([row.box for row in tight]) + np.array([1.5, 0.4, -0.4, -1])
    index.regions.patch({row.id: {"box": box} for row, box in zip(tight, smaller.tolist(), strict=True)})
    library.exchange.export("jsonl", tmp_path / "out.jsonl")
    found = 0
    for line in lines(tmp_path / "out.jsonl"):
        for region in line["regions"]:
            if region["mask"]:
                x0, y0, x1, y1 = extent_of(region["mask"].encode(), line["width"], line["height"])
                assert np.floor(region["x0"]) <= x0
                assert np.floor(region["y0"]) <= y0
                assert np.ceil(region["x1"]) >= x1
                assert np.ceil(region["y1"]) >= y1
                found += 1
    assert found == len(tight)


@pytest.mark.parametrize("pictures", Pictures)
def test_turned_photos_are_exported_upright(library, tmp_path, pictures):
    folder = tmp_path / "photos"
    folder.mkdir()
    scene = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8))
    save_orientations(folder, scene)
    index = labelled(library, folder, ["upright.png"])
    report = library.exchange.export("coco", tmp_path / "out", pictures=pictures)
    content = json.loads((tmp_path / "out" / "annotations" / "instances_all.json").read_text())
    assert "upright" in content["info"]["description"]
    assert {(image["width"], image["height"]) for image in content["images"]} == {(60, 40)}
    if pictures is Pictures.LEAVE:
        assert sum(count for loss, count in report.losses.items() if "obey EXIF" in loss) == 7
        return
    assert report.losses["photos are written upright"] == 7
    files = [file for file in (tmp_path / "out" / "images").iterdir() if "orientation" in file.name]
    assert len(files) == 8
    for file in files:
        with Image.open(file) as image:  # Pillow by itself ignores EXIF
            np.testing.assert_array_equal(np.asarray(image), np.asarray(scene))
            assert image.getexif().get(0x0112, 1) == 1
    assert index.photos.count(missing=False) == 9


def test_photos_that_are_not_there_are_left_out_and_told(library, index, tmp_path):
    (tmp_path / "photos" / "plain.png").unlink()
    (tmp_path / "photos" / "a" / "same.png").write_bytes(b"changed")
    report = library.exchange.export("yolo", tmp_path / "out", pictures=Pictures.COPY)
    assert report.photos == len(NAMES) - 2
    assert report.left_out["photos"] == 2
    assert any("no such file" in line for line in report.left_photos)
    assert any("has changed since it was indexed" in line for line in report.left_photos)
    assert library.exchange.export("coco", tmp_path / "out.json").photos == len(NAMES)


def test_regions_of_a_photo_whose_size_has_changed_are_left_out(library, index, tmp_path):
    Image.new("RGB", (10, 10)).save(tmp_path / "photos" / "plain.png")
    library.index([tmp_path / "photos"], ColourEncoder())
    report = library.exchange.export("csv", tmp_path / "out.csv")
    assert report.left_out == {"regions of photos whose size has changed since": KINDS}
    assert report.photos == len(NAMES)


def test_categories_keep_their_numbers(library, index, tmp_path):
    def numbers(place, **more):
        library.exchange.export("coco", place, **more)
        held = json.loads(place.read_text(encoding="utf-8"))["categories"]
        assert {each["supercategory"] for each in held} <= {"animal", ""}
        return {each["name"]: each["id"] for each in held}

    assert numbers(tmp_path / "a.json") == {name: 7 + at for at, name in enumerate(CATEGORIES)}
    index.regions.add(rows_for(index, photos_of(index), source="other", category="aardvark"), {})
    assert numbers(tmp_path / "b.json", sources=["other"]) == {"aardvark": 10}
    assert numbers(tmp_path / "c.json")["dog"] == 7


def test_the_same_is_exported_twice(library, index, tmp_path):
    library.exchange.export("yolo-seg", tmp_path / "a", pictures=Pictures.COPY)
    library.exchange.export("yolo-seg", tmp_path / "b", pictures=Pictures.COPY)
    one, other = everything(tmp_path / "a"), everything(tmp_path / "b")
    one.pop("lens-export.json"), other.pop("lens-export.json")
    assert one == other


def test_mask_pictures_are_the_masks(library, index, tmp_path):
    report = library.exchange.export("masks", tmp_path / "out")
    with (tmp_path / "out" / "labels.csv").open(newline="", encoding="utf-8") as file:
        values = {row["name"]: int(row["value"]) for row in csv.DictReader(file)}
    rows = lines_of_photos(tmp_path / "out")
    hidden = 0
    for id_, photo in photos_of(index).items():
        stem = rows[str(tmp_path / "photos" / photo["path"])]
        with Image.open(tmp_path / "out" / "SegmentationClass" / f"{stem}.png") as image:
            assert image.mode == "P"
            classes = np.asarray(image)
        with Image.open(tmp_path / "out" / "SegmentationObject" / f"{stem}.png") as image:
            things = np.asarray(image)
        covered = np.zeros(classes.shape, bool)
        for number, region in enumerate(index.regions.of_photos([id_]), 1):
            if region.mask:
                mask = decoded(region.mask, 60, 40)
                seen = things == number
                assert not (seen & ~mask).any()
                assert (classes[seen] == values[region.category]).all()
                hidden += int(mask.sum() - seen.sum())
                covered |= mask
        np.testing.assert_array_equal(things > 0, covered)
        np.testing.assert_array_equal(classes > 0, covered)
    assert report.losses["pixels are hidden by other masks"] == hidden > 0


def lines_of_photos(folder):
    with (folder / "lens-photos.csv").open(newline="", encoding="utf-8") as file:
        return {row["path"]: row["name"] for row in csv.DictReader(file)}


def test_every_format_is_documented():
    docs = (ROOT / "docs" / "EXPORT.md").read_text(encoding="utf-8")
    assert all(f"`{name}`" in docs for name in FORMATS)


@pytest.mark.parametrize("query", ["", "folder:a", "folder:nowhere"])
@pytest.mark.parametrize("states", [[RegionState.ACCEPTED], [RegionState.PROPOSED], list(RegionState)])
def test_a_preview_counts_what_an_export_then_has(library, tmp_path, query, states):
    index = labelled(library, tmp_path / "photos")
    photos = photos_of(index)
    index.regions.add(rows_for(index, photos, "machine", state=RegionState.PROPOSED), {})
    index.regions.add([replace(rows_for(index, photos, "old")[0], width=61)], {})
    index.regions.add(rows_for(index, photos, "hidden"), {})
    library.labels.sources.hide("hidden")
    told = library.exchange.preview(query, states=states)
    done = library.exchange.export("coco", tmp_path / "out.json", query, states=states)
    assert (told.photos, told.empty, told.regions) == (done.photos, done.empty, done.regions)
    assert (told.categories, told.left_out) == (done.categories, done.left_out)
