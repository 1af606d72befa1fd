"""Exports as the readers of other programs see them, and those programs' own examples as we do."""

import base64
import csv
import json
import tarfile
from collections import Counter
from io import BytesIO
from pathlib import Path

import cv2
import defusedxml.ElementTree
import numpy as np
import pytest
import yaml
from PIL import Image
from pycocotools import mask as runs
from pycocotools.coco import COCO

from lens.export import Pictures
from lens.export.masks import palette
from lens.labeling.masks import decoded, encoded
from tests.labelled import CATEGORIES, NAMES, SIZE, labelled, photos_of, rows_for
from tests.lens.export.test_exporting import lines, lines_of_photos

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools

REGIONS = (len(NAMES) - 1) * 6


@pytest.fixture
def index(library, tmp_path):
    return labelled(library, tmp_path / "photos")


def truth(index, stems):
    """The regions of each photo by the stem that it has in an export."""
    photos = {photo["path"]: id_ for id_, photo in photos_of(index).items()}
    return {
        stem: index.regions.of_photos([id_])
        for path, stem in stems.items()
        for name, id_ in photos.items()
        if Path(path).as_posix().endswith(f"/photos/{name}")
    }


def test_coco_as_pycocotools_reads_it(library, index, tmp_path):
    library.exchange.export("coco", tmp_path / "out.json")
    read = COCO(tmp_path / "out.json")
    kinds = Counter()
    for id_, photo in photos_of(index).items():
        [image] = [each for each in read.dataset["images"] if each["file_name"] == photo["path"]]
        assert (image["width"], image["height"]) == SIZE
        found = read.loadAnns(read.getAnnIds(image["id"]))
        for row, each in zip(index.regions.of_photos([id_]), found, strict=True):
            assert read.cats[each["category_id"]]["name"] == row.category
            x0, y0, x1, y1 = row.box
            assert each["bbox"] == [x0, y0, x1 - x0, y1 - y0]
            if row.mask is None:
                assert each["segmentation"] == []
                continue
            np.testing.assert_array_equal(read.annToMask(each), decoded(row.mask, *SIZE))
            assert each["area"] == decoded(row.mask, *SIZE).sum()
            kinds[type(each["segmentation"])] += 1
    assert kinds == {list: 3 * (len(NAMES) - 1), dict: 2 * (len(NAMES) - 1)}  # the ring, and all of it, have holes
    assert len({each["id"] for each in read.dataset["images"]}) == len(NAMES)
    assert min(each["id"] for each in read.dataset["annotations"]) == 1


def test_coco_as_torchvision_reads_it(library, index, tmp_path):
    from torchvision.datasets import CocoDetection

    library.exchange.export("coco", tmp_path / "out", pictures=Pictures.COPY)
    read = CocoDetection(tmp_path / "out" / "images", tmp_path / "out" / "annotations" / "instances_all.json")
    assert len(read) == len(NAMES)
    assert Counter(len(found) for _, found in read) == {0: 1, 6: len(NAMES) - 1}
    assert {image.size for image, _ in read} == {SIZE}


def test_licences_are_those_of_the_imported_columns(library, index, tmp_path):
    (tmp_path / "licences.csv").write_text(
        "path,license,licence_url\nplain.png,CC BY 4.0,https://by\na/same.png,CC0,\ntwo.dots.here.png,CC BY 4.0,https://by\n"
    )
    library.meta.import_csv(tmp_path / "licences.csv")
    library.exchange.export("coco", tmp_path / "out.json")
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    named = {each["id"]: (each["name"], each["url"]) for each in content["licenses"]}
    told = {each["file_name"]: named[each["license"]] for each in content["images"] if "license" in each}
    assert told == {
        "plain.png": ("CC BY 4.0", "https://by"),
        "a/same.png": ("CC0", ""),
        "two.dots.here.png": ("CC BY 4.0", "https://by"),
    }


def test_voc_as_torchvision_reads_it(library, index, tmp_path):
    from torchvision.datasets import VOCDetection

    base = tmp_path / "TrainVal" / "VOCdevkit" / "VOC2011"
    report = library.exchange.export("voc", base, pictures=Pictures.COPY)
    assert report.losses == {"masks are not held, only their boxes": 5 * (len(NAMES) - 1)}
    stems = lines_of_photos(base)
    names = (base / "ImageSets" / "Main" / "trainval.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(names) == sorted(stems.values())
    expected = truth(index, stems)
    for stem in names:
        tree = defusedxml.ElementTree.parse(base / "Annotations" / f"{stem}.xml").getroot()
        read = VOCDetection.parse_voc_xml(tree)["annotation"]
        assert (base / "JPEGImages" / read["filename"]).is_file()
        assert (read["size"]["width"], read["size"]["height"]) == ("60", "40")
        # The order of the 2012 development kit's own files.
        assert [each.tag for each in tree][:5] == ["folder", "filename", "source", "size", "segmented"]
        for thing, row in zip(read.get("object", []), expected[stem], strict=True):
            assert list(thing) == ["name", "pose", "truncated", "difficult", "bndbox"]
            assert thing["name"] == row.category.strip()
            corners = [int(thing["bndbox"][side]) for side in ("xmin", "ymin", "xmax", "ymax")]
            assert corners == [row.box[0] + 1, row.box[1] + 1, row.box[2], row.box[3]]


@pytest.mark.parametrize("name", ["yolo", "yolo-seg"])
def test_yolo_is_laid_out_as_ultralytics_demands(library, index, tmp_path, name):
    """The rules of `ultralytics/data/utils.py`: `check_det_dataset`, `img2label_paths`, `verify_image_label`."""
    out = tmp_path / "out"
    library.exchange.export(name, out, shares=[0.5, 0.5])
    content = yaml.safe_load((out / "data.yaml").read_text(encoding="utf-8"))
    assert content == {"train": "images/train", "val": "images/val", "names": dict(enumerate(CATEGORIES))}
    labelled_lines = 0
    for split in ("train", "val"):
        for picture in (out / content[split]).iterdir():
            label = Path(str(picture).replace("/images/", "/labels/").rsplit(".", 1)[0] + ".txt")
            rows = [line.split() for line in label.read_text().splitlines()]
            assert len({tuple(row) for row in rows}) == len(rows)
            for row in rows:
                assert int(row[0]) in content["names"]
                values = np.array(row[1:], float)
                assert ((values >= 0) & (values <= 1)).all()
                assert len(values) == 4 if name == "yolo" else len(values) >= 6 and len(values) % 2 == 0
            labelled_lines += len(rows)
    assert labelled_lines == REGIONS


def test_yolo_polygons_drawn_as_ultralytics_does_are_nearly_the_masks(library, index, tmp_path):
    """It fills with OpenCV, which draws the line too, half a pixel further out, and seams one pixel wide."""
    library.exchange.export("yolo-seg", tmp_path / "out")
    expected = truth(index, lines_of_photos(tmp_path / "out"))
    ratios = []
    for label in (tmp_path / "out" / "labels" / "train").iterdir():
        for line, row in zip(label.read_text().splitlines(), expected[label.stem], strict=True):
            if row.mask:
                polygon = np.array(line.split()[1:], float).reshape(-1, 2) * SIZE
                drawn = np.zeros(SIZE[::-1], np.uint8)
                cv2.fillPoly(drawn, [polygon.astype(np.int32)], 1)
                mask = decoded(row.mask, *SIZE)
                assert drawn[mask].all()
                ratios.append((drawn.astype(bool) & mask).sum() / drawn.sum())
    assert np.mean(ratios) > 0.75  # of things of some twenty pixels


def test_the_palette_is_that_of_voc():
    assert palette()[[0, 1, 2, 3, 15, 20, 255]].tolist() == [
        [0, 0, 0],
        [128, 0, 0],
        [0, 128, 0],
        [128, 128, 0],
        [192, 128, 128],
        [0, 64, 128],
        [224, 224, 192],
    ]


def test_more_things_than_a_palette_has_are_told_apart(library, index, tmp_path):
    first = min(photos_of(index).items(), key=lambda each: each[1]["path"])
    more = rows_for(index, {f"{n:032x}": first[1] | {"path": f"{n}"} for n in range(80)}, source="many", photo=first[0])
    index.regions.add(more, {})
    library.exchange.export("masks", tmp_path / "out", sources=["many"])
    [stem] = [stem for path, stem in lines_of_photos(tmp_path / "out").items() if path.endswith(first[1]["path"])]
    with Image.open(tmp_path / "out" / "SegmentationObject" / f"{stem}.png") as image:
        assert np.asarray(image).max() > 255


def test_labelme_files_are_what_labelme_loads(library, index, tmp_path):
    """The keys and types of `labelme/_label_file.py`; masks as its `shapes_to_label` draws them."""
    library.exchange.export("labelme", tmp_path / "out", pictures=Pictures.COPY)
    expected = truth(index, lines_of_photos(tmp_path / "out"))
    kinds = Counter()
    for stem, rows in expected.items():
        content = json.loads((tmp_path / "out" / f"{stem}.json").read_text(encoding="utf-8"))
        assert (tmp_path / "out" / content["imagePath"]).is_file()
        assert content["imageData"] is None
        assert (content["imageWidth"], content["imageHeight"]) == SIZE
        for shape, row in zip(content["shapes"], rows, strict=True):
            assert set(shape) == {"label", "points", "group_id", "description", "shape_type", "flags", "mask"}
            assert shape["label"] == row.category
            kinds[shape["shape_type"]] += 1
            if shape["shape_type"] == "mask":
                drawn = np.zeros(SIZE[::-1], bool)
                (x1, y1), (x2, y2) = np.asarray(shape["points"]).astype(int)
                with Image.open(BytesIO(base64.b64decode(shape["mask"]))) as image:
                    drawn[y1 : y2 + 1, x1 : x2 + 1] = np.asarray(image).astype(bool)
                np.testing.assert_array_equal(drawn, decoded(row.mask, *SIZE))
    photos = len(NAMES) - 1
    assert kinds == {"polygon": 2 * photos, "mask": 3 * photos, "rectangle": photos}


CVAT_EXAMPLE = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><name>t</name><mode>annotation</mode><labels><label><name>car</name></label></labels></task></meta>
  <image id="0" name="plain.png" width="60" height="40">
    <box label="car" source="manual" occluded="0" xtl="10.50" ytl="3.25" xbr="20.00" ybr="12.00" z_order="1"></box>
    <polygon label="car" source="manual" occluded="0" points="5.00,5.00;15.00,5.00;15.00,20.00;5.00,20.00" z_order="1">
      <attribute name="model">x</attribute></polygon>
    <mask label="car" source="manual" occluded="0" rle="1, 2, 2, 3" left="8" top="9" width="4" height="2" z_order="0">
    </mask>
  </image>
</annotations>"""


def test_files_in_the_form_of_cvat_are_read(library, index, tmp_path):
    (tmp_path / "annotations.xml").write_text(CVAT_EXAMPLE)
    library.exchange.import_file("cvat", tmp_path / "annotations.xml", "cvat")
    rows = [row for row in index.regions.of_photos(list(photos_of(index))) if row.source == "cvat"]
    by_box = {row.box: row.mask for row in rows}
    mask = np.zeros(SIZE[::-1], bool)
    mask[5:20, 5:15] = True
    pixels = np.zeros(SIZE[::-1], bool)
    pixels[9:11, 8:12] = [[False, True, True, False], [False, True, True, True]]
    assert by_box == {
        (10.5, 3.25, 20, 12): None,
        (5, 5, 15, 20): encoded(mask),
        (9, 9, 12, 11): encoded(pixels),
    }


def test_cvat_files_have_what_cvat_asks_for(library, index, tmp_path):
    library.exchange.export("cvat", tmp_path / "out.xml")
    root = defusedxml.ElementTree.parse(tmp_path / "out.xml").getroot()
    assert root.findtext("version") == "1.1"
    labels = [each.findtext("name") for each in root.findall("meta/task/labels/label")]
    assert labels == CATEGORIES
    announced = {each.findtext("name") for each in root.findall("meta/task/labels/label/attributes/attribute")}
    images = root.findall("image")
    assert [each.get("id") for each in images] == [str(number) for number in range(len(NAMES))]
    assert {each.get("name") for each in images} == set(NAMES)
    shapes = [shape for each in images for shape in each]
    assert len(shapes) == REGIONS
    assert {shape.get("label") for shape in shapes} == set(CATEGORIES)
    assert {attribute.get("name") for shape in shapes for attribute in shape} <= announced


def test_tables_hold_all_that_the_index_has(library, index, tmp_path):
    library.exchange.export("csv", tmp_path / "out.csv")
    library.exchange.export("jsonl", tmp_path / "out.jsonl")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    assert [row["photo"] for row in table if not row["id"]] == [min(NAMES)]
    rows = {row.id: row for row in index.regions.of_photos(list(photos_of(index)))}
    told = {each["id"]: each for line in lines(tmp_path / "out.jsonl") for each in line["regions"]}
    assert told.keys() == rows.keys() == {row["id"] for row in table if row["id"]}
    for row in table:
        if row["id"]:
            each, region = told[row["id"]], rows[row["id"]]
            assert row["category"] == each["category"] == region.category
            assert [float(row[side]) for side in ("x0", "y0", "x1", "y1")] == list(region.box)
            assert (row["mask"] or None) == each["mask"] == (region.mask.decode() if region.mask else None)
            if each["mask"]:
                decoded_ = runs.decode({"counts": each["mask"], "size": [40, 60]})
                np.testing.assert_array_equal(decoded_, decoded(region.mask, *SIZE))


def test_shards_are_samples_of_a_photo_and_its_regions(library, index, tmp_path, monkeypatch):
    monkeypatch.setattr("lens.export.webdataset.SAMPLES", 3)
    library.exchange.export("webdataset", tmp_path / "out")
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "all-000000.tar",
        "all-000001.tar",
        "all-000002.tar",
        "lens-export.json",
        "lens-photos.csv",
    ]
    seen, regions = [], 0
    for shard in sorted((tmp_path / "out").glob("*.tar")):
        with tarfile.open(shard) as tar:
            members = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}
        for key in dict.fromkeys(name.split(".")[0] for name in members):
            content = json.loads(members[f"{key}.json"])
            with Image.open(BytesIO(members[f"{key}.png"])) as image:
                assert image.size == (content["width"], content["height"]) == SIZE
            seen.append(content["content_hash"])
            regions += len(content["regions"])
    assert sorted(seen) == sorted(photo["content_hash"] for photo in photos_of(index).values())
    assert regions == REGIONS
