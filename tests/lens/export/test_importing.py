"""What is exported comes back the same, real data keep their scores, and what is wrong is one line and no change."""

import base64
import copy
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from lens import Library
from lens.errors import ImportRefused, NameUnknown
from lens.export import READERS, Pictures
from lens.labeling.masks import box_of, decoded, encoded
from lens_indexes import Index, RegionState
from tests.fakes import ColourEncoder
from tests.labelled import NAMES, SIZE, disc, labelled, photos_of, rows_for
from tests.orientations import TURNS, save_orientations

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of pycocotools

TRIPS = {"coco": "coco", "yolo": "yolo", "yolo-seg": "yolo", "voc": "voc", "labelme": "labelme", "cvat": "cvat"}


@pytest.fixture
def index(library, tmp_path):
    index = labelled(library, tmp_path / "photos")
    index.regions.add(rows_for(index, photos_of(index), source="crowds", crowd=True, score=None), {})
    return index


def held(index, source):
    """The regions of a source by photo, in an order that they have of themselves."""
    rows = [row for row in index.regions.of_photos(list(photos_of(index))) if row.source == source]
    return {
        photo: sorted(
            (row for row in rows if row.photo == photo), key=lambda row: (row.box, row.mask or b"", row.category)
        )
        for photo in photos_of(index)
    }


@pytest.mark.parametrize("name", TRIPS)
@pytest.mark.parametrize("pictures", Pictures)
def test_a_round_trip_brings_back_the_same_regions(library, index, tmp_path, name, pictures):
    if name.startswith("yolo") and pictures is Pictures.LEAVE:
        return
    out = tmp_path / "out"
    shares = [0.5, 0.5] if pictures is Pictures.COPY else []
    report = library.exchange.export(name, out, sources=["me"], pictures=pictures, shares=shares)
    places = [out]
    if name == "coco":
        places = sorted((out / "annotations").iterdir())
    back = {photo: [] for photo in photos_of(index)}
    total = 0
    for number, place in enumerate(places):
        done = library.exchange.import_file(TRIPS[name], place, f"back {number}")
        assert not done.unmatched
        total += done.regions
        for photo, rows in held(index, f"back {number}").items():
            back[photo] += rows
    assert total == report.regions == (len(NAMES) - 1) * 6
    for photo, rows in held(index, "me").items():
        assert len(rows) == len(back[photo])
        for one, other in zip(rows, sorted(back[photo], key=lambda row: matching_key(row, rows)), strict=True):
            same(one, other, name)


def matching_key(row, rows):
    """The place of the region of the same box and category; none of `kinds` has another's."""
    return next(
        at
        for at, each in enumerate(rows)
        if each.category == row.category and np.allclose(each.box, row.box, atol=1e-3)
    )


def same(one, other, name):
    assert (one.photo, one.category, one.width, one.height) == (other.photo, other.category, other.width, other.height)
    assert other.state is RegionState.ACCEPTED
    np.testing.assert_allclose(other.box, one.box, atol=1e-4)
    if name == "yolo-seg" and one.mask is None:
        box = np.zeros(SIZE[::-1], bool)
        box[4:30, 3:20] = True
        assert other.mask == encoded(box)
    elif name in ("yolo", "voc"):
        assert other.mask is None
    else:
        assert other.mask == one.mask
    if name in ("coco", "cvat"):
        assert other.score == (None if one.score is None else pytest.approx(one.score))


@pytest.mark.parametrize("name", ["coco", "labelme", "cvat"])
def test_crowds_come_back_as_crowds(library, index, tmp_path, name):
    library.exchange.export(name, tmp_path / "out", sources=["crowds"])
    library.exchange.import_file(name, coco_in(tmp_path / "out") if name == "coco" else tmp_path / "out", "back")
    one, other = held(index, "crowds"), held(index, "back")
    assert [[(row.mask, row.crowd) for row in rows] for rows in one.values()] == [
        [(row.mask, row.crowd) for row in rows] for rows in other.values()
    ]


def coco_in(folder):
    return folder / "annotations" / "instances_all.json"


def test_what_was_proposed_comes_back_as_proposed(library, index, tmp_path):
    mine = [row.id for rows in held(index, "me").values() for row in rows]
    index.regions.patch({key: {"state": RegionState.PROPOSED} for key in mine})
    library.exchange.export("coco", tmp_path / "out.json", sources=["me"], states=list(RegionState))
    library.exchange.import_file("coco", tmp_path / "out.json", "back")
    assert {row.state for rows in held(index, "back").values() for row in rows} == {RegionState.PROPOSED}


def test_numbers_and_parents_of_categories_are_taken_over(library, tmp_path, index):
    library.exchange.export("coco", tmp_path / "out.json")
    other = Library.open(tmp_path / "other")
    other.index([tmp_path / "photos"], ColourEncoder())
    other.exchange.import_file("coco", tmp_path / "out.json", "back")
    fresh = Index.open(other.uri)
    assert fresh.categories.all() == index.categories.all()


def test_real_annotations_keep_their_scores(library, shared_data, tmp_path, encoder):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    original = shared_data / "coco" / "instances.json"
    library.index([shared_data / "coco" / "images"], encoder)
    done = library.exchange.import_file("coco", original, "truth")
    assert (done.regions, done.unmatched, done.unheld) == (1303, 0, {})
    library.exchange.export("coco", tmp_path / "out.json")
    library.exchange.export("coco-results", tmp_path / "results.json")
    results = json.loads((tmp_path / "results.json").read_text())

    def judged(truth, found, kind):
        judge = COCOeval(truth, truth.loadRes(found), kind)
        judge.params.maxDets = [1, 10, 1000]
        judge.evaluate()
        judge.accumulate()
        precision = judge.eval["precision"][:, :, :, 0, -1]
        return precision[precision > -1].mean()

    exported, truth = COCO(tmp_path / "out.json"), COCO(original)
    assert judged(exported, copy.deepcopy(results), "bbox") == judged(exported, copy.deepcopy(results), "segm") == 1
    ids = {image["file_name"]: image["id"] for image in truth.dataset["images"]}
    names = {image["id"]: image["file_name"] for image in exported.dataset["images"]}
    for result in results:
        result["image_id"] = ids[names[result["image_id"]]]
    assert judged(truth, copy.deepcopy(results), "bbox") == 1
    assert judged(truth, results, "segm") >= 0.99
    numbered = {each["id"]: (each["name"], each["supercategory"]) for each in truth.dataset["categories"]}
    assert all(numbered[each["id"]] == (each["name"], each["supercategory"]) for each in exported.dataset["categories"])
    assert len(exported.dataset["categories"]) == 79  # no photo has a hair drier
    assert sum(each["iscrowd"] for each in exported.dataset["annotations"]) == 15
    for each in exported.dataset["annotations"]:  # every box contains its mask
        mask = exported.annToMask(each).any(axis=0), exported.annToMask(each).any(axis=1)
        (x0, x1), (y0, y1) = ((np.flatnonzero(side)[0], np.flatnonzero(side)[-1] + 1) for side in mask)
        x, y, wide, high = each["bbox"]
        assert np.floor(x) <= x0
        assert np.floor(y) <= y0
        assert np.ceil(round(x + wide, 3)) >= x1
        assert np.ceil(round(y + high, 3)) >= y1


COCO_FILE = {
    "info": {"description": "a \"quoted\" {brace [bracket"},
    "images": [
        {"id": 1, "file_name": "plain.png", "width": 60, "height": 40},
        {"id": "b", "file_name": "nowhere.png", "width": 6, "height": 4},
    ],
    "categories": [{"id": 3, "name": "dog", "supercategory": "animal"}],
    "annotations": [
        {"id": 1, "image_id": 1, "category_id": 3, "bbox": [1, 2, 10.5, 12], "iscrowd": 0, "area": 1,
         "segmentation": [[1, 2, 11, 2, 11, 14]], "score": 0.5},
        {"id": 2, "image_id": 1, "category_id": 3, "bbox": [0, 0, 60, 40], "iscrowd": 1,
         "segmentation": {"size": [40, 60], "counts": [100, 2000, 300]}},
        {"id": 3, "image_id": "b", "category_id": 3, "bbox": [0, 0, 6, 4], "iscrowd": 0,
         "segmentation": {"size": [4, 6], "counts": "0h0"}},
    ],
}  # fmt: skip


def changed(path, value):
    """The file with one thing in it changed, or taken away."""
    content = copy.deepcopy(COCO_FILE)
    *way, last = path
    inner = content
    for step in way:
        inner = inner[step]
    if value is Ellipsis:
        del inner[last]
    else:
        inner[last] = value
    return content


def test_the_file_that_is_made_wrong_is_right(library, index, tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(COCO_FILE))
    done = library.exchange.import_file("coco", tmp_path / "x.json", "back")
    assert (done.regions, done.photos, done.unmatched) == (2, 1, 1)
    assert done.examples == ("nowhere.png: not in the index",)
    first = min(row for rows in held(index, "back").values() for row in rows if not row.crowd)
    assert first.box == (1, 2, 11.5, 14)
    assert 40 < decoded(first.mask, *SIZE).sum() < 80


WRONG = [
    (("images",), ..., "images: a list"),
    (("images",), {}, "images: a list"),
    (("annotations",), None, "annotations: a list"),
    (("images", 0, "id"), None, r"images\[0\]\.id"),
    (("images", 1, "id"), 1, r"images\[1\]\.id: there is another image 1"),
    (("images", 0, "width"), "60", r"images\[0\]: the width"),
    (("images", 0, "height"), 2**40, r"images\[0\]: the width"),
    (("images", 0, "file_name"), 7, r"images\[0\]\.file_name"),
    (("images", 0), [], r"images\[0\]: an object"),
    (("categories", 0, "name"), "", r"categories\[0\]\.name"),
    (("annotations", 0, "image_id"), 9, r"annotations\[0\]\.image_id: there is no image 9"),
    (("annotations", 0, "category_id"), [3], r"annotations\[0\]\.category_id"),
    (("annotations", 1, "category_id"), 4, r"annotations\[1\]\.category_id: there is no category 4"),
    (("annotations", 1, "id"), 1, r"annotations\[1\]\.id: there is another"),
    (("annotations", 0, "bbox"), [1, 2, 3], r"annotations\[0\]\.bbox: x, y"),
    (("annotations", 0, "bbox", 2), "ten", r"annotations\[0\]\.bbox: a finite number was expected, not 'ten'"),
    (("annotations", 0, "bbox", 2), 1e300, r"annotations\[0\]\.bbox"),
    (("annotations", 0, "bbox", 0), float("nan"), "this is not JSON"),
    (("annotations", 0, "bbox", 2), -0.5, r"annotations\[0\]\.bbox: the box ends before it begins"),
    (("annotations", 2, "bbox", 2), 60, r"annotations\[2\]\.bbox: 60 lies outside of a photo of 6 × 4"),
    (("annotations", 0, "segmentation", 0, 2), 62, r"annotations\[0\]\.segmentation\[0\]: 62 lies outside"),
    (("annotations", 0, "segmentation", 0), [1, 2, 3, 4, 5, 6, 7], r"segmentation\[0\]: a polygon needs as many y"),
    (("annotations", 0, "segmentation"), "x", r"annotations\[0\]\.segmentation: a list of polygons"),
    (("annotations", 0, "segmentation", 0), 5, r"segmentation\[0\]: a list of x, y"),
    (("annotations", 1, "segmentation", "counts"), [100, 2000], r"counts: these are no run lengths"),
    (("annotations", 1, "segmentation", "counts"), [2401, -1], r"counts: these are no run lengths"),
    (("annotations", 1, "segmentation", "counts"), "zzzzzzzzz", r"counts: these are no run lengths"),
    (("annotations", 2, "segmentation", "counts"), "oooooooooooooooooooo0", r"counts: these are no run lengths"),
    (("annotations", 1, "segmentation", "size"), [60, 40], r"size: \[40, 60\] was expected"),
    (("annotations", 0, "iscrowd"), "no", r"annotations\[0\]\.iscrowd"),
    (("annotations", 0, "score"), 1.5, r"annotations\[0\]\.score: from 0 to 1"),
    (("images", 0, "file_name"), "other.png", "names no photo of the index"),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A library that no import of these tests may change."""
    place = tmp_path_factory.mktemp("whole")
    library = Library.open(place / "index")
    labelled(library, place / "photos")
    return library


def refused(library, name, path, match):
    index = Index.open(library.uri)
    before = index.regions.sources(), index.categories.all()
    with pytest.raises(ImportRefused, match=match) as caught:
        library.exchange.import_file(name, path, "back")
    assert "\n" not in str(caught.value)
    assert (index.regions.sources(), index.categories.all()) == before


@pytest.mark.parametrize(("path", "value", "match"), WRONG)
def test_what_is_wrong_in_coco_is_one_line_with_the_place(whole, tmp_path, path, value, match):
    (tmp_path / "x.json").write_text(json.dumps(changed(path, value)))
    refused(whole, "coco", tmp_path / "x.json", match)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "before byte 0: this is not JSON"),
        (b"{", "before byte 1: this is not JSON"),
        (b"{}" + b" " * 98 + b"}", "before byte 101: this is not JSON"),
        (b"[]", "a list, perhaps of results"),
        (b'{"images": ' + b"[" * 10_000_000, "nests deeper than 32"),
        (b'{"images": [], "categories": [], "annotations": [' + b'{"a":' * 100_000, "nests deeper than 32"),
        (b'{"images": [{"file_name": "' + b"x" * 70_000_000 + b'"}]}', "one entry is longer than 64 MB"),
        (b"\xff\xfe\x00", "this is not JSON"),
        (b'{"images": ["\xff"], "categories": [], "annotations": []}', "this is not JSON"),
    ],
    ids=["empty", "begun", "ended twice", "list", "deep", "deep objects", "long", "bytes", "latin"],
)
def test_files_that_are_no_coco_are_one_line(whole, tmp_path, content, match):
    (tmp_path / "x.json").write_bytes(content)
    refused(whole, "coco", tmp_path / "x.json", match)


def test_a_source_is_imported_once(whole, tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(COCO_FILE))
    with pytest.raises(ImportRefused, match="There is a source me already, with 42 regions"):
        whole.exchange.import_file("coco", tmp_path / "x.json", "me")
    for name in ("", " ", "a\nb", "x" * 101):
        with pytest.raises(NameUnknown, match="A source's name"):
            whole.exchange.import_file("coco", tmp_path / "x.json", name)
    with pytest.raises(ImportRefused, match="no format yoyo to import: coco, yolo"):
        whole.exchange.import_file("yoyo", tmp_path / "x.json", "back")
    for name in READERS:
        refused(whole, name, tmp_path / "none", "There is nothing at")
        (tmp_path / "empty").mkdir(exist_ok=True)
        refused(whole, name, tmp_path / "empty", "empty")


VOC = """<annotation><filename>{name}</filename><size><width>60</width><height>{height}</height><depth>3</depth></size>
<object><name>{category}</name><difficult>0</difficult>
<bndbox><xmin>{xmin}</xmin><ymin>2</ymin><xmax>11</xmax><ymax>14</ymax></bndbox></object></annotation>"""
RIGHT = {"name": "plain.png", "height": 40, "category": "dog", "xmin": 1}


def write_voc(folder, **changes):
    folder.mkdir()
    (folder / "x.xml").write_text(VOC.format(**RIGHT | changes))
    return folder


def test_voc_counts_from_one(library, index, tmp_path):
    assert library.exchange.import_file("voc", write_voc(tmp_path / "voc"), "back").regions == 1
    [row] = [row for rows in held(index, "back").values() for row in rows]
    assert row.box == (0, 1, 11, 14)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"xmin": "one"}, "x.xml: object 1, xmin: a number was expected"),
        ({"xmin": "nan"}, "x.xml: object 1, xmin"),
        ({"xmin": ""}, "x.xml: object 1, xmin"),
        ({"xmin": 90}, "x.xml: object 1: 89 lies outside of a photo of 60 × 40"),
        ({"xmin": 40}, "x.xml: object 1: the box ends before it begins"),
        ({"category": ""}, "x.xml: object 1, name"),
        ({"height": "tall"}, "x.xml: size, height"),
        ({"height": -4}, "x.xml: size"),
        ({"height": 41}, "its size is another in the index"),
        ({"name": "nowhere.png"}, "names no photo of the index"),
        ({"category": "<"}, "x.xml: this is not XML"),
    ],
)
def test_what_is_wrong_in_voc_is_one_line_with_the_place(whole, tmp_path, changes, match):
    refused(whole, "voc", write_voc(tmp_path / "voc", **changes), match)


BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<annotations><annotation>&b;</annotation></annotations>"""
LEAK = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotations>&x;</annotations>'


@pytest.mark.parametrize(
    "text", [BOMB, LEAK, "<a>" * 200_000, "<b/>", "", "\x00"], ids=["bomb", "leak", "deep", "b", "", "0"]
)
@pytest.mark.parametrize("name", ["voc", "cvat"])
def test_hostile_xml_is_one_line(whole, tmp_path, name, text):
    (tmp_path / "x.xml").write_text(text)
    refused(
        whole,
        name,
        tmp_path / "x.xml",
        r"x\.xml: (it declares|this is not XML|it nests|<annotations?> w|an <annotation>)",
    )


CVAT = """<annotations><version>1.1</version><image id="0" name="plain.png" width="60" height="40">
{shape}<tag label="dog"/></image></annotations>"""


@pytest.mark.parametrize(
    ("shape", "match"),
    [
        ('<box label="dog" xtl="1" ytl="1" xbr="70" ybr="9"/>', "image 0, shape 0: 70 lies outside"),
        ('<box label="dog" xtl="1" ytl="1" xbr="nan" ybr="9"/>', "image 0, shape 0, xbr"),
        ('<box label="dog" xtl="1" ytl="1" xbr="9"/>', "image 0, shape 0, ybr: a number"),
        ('<box xtl="1" ytl="1" xbr="9" ybr="9"/>', "image 0, shape 0, label"),
        ('<polygon label="dog" points="1,1;2,2;3"/>', "as many y as x"),
        ('<mask label="dog" rle="5,5" left="0" top="0" width="5" height="5"/>', "rle: these are no run lengths"),
        ('<mask label="dog" rle="x" left="0" top="0" width="5" height="5"/>', "rle: whole numbers"),
        ('<mask label="dog" rle="25" left="58" top="0" width="5" height="5"/>', "the mask lies outside"),
        ('<mask label="dog" rle="9999999999999999999999" left="0" top="0" width="5" height="5"/>', "rle: "),
        ('<box label="dog" xtl="1" ytl="1" xbr="9" ybr="9" rotation="x"/>', "rotation"),
    ],
)
def test_what_is_wrong_in_cvat_is_one_line_with_the_place(whole, tmp_path, shape, match):
    (tmp_path / "x.xml").write_text(CVAT.format(shape=shape))
    refused(whole, "cvat", tmp_path / "x.xml", match)


def test_what_cannot_be_held_is_counted(library, index, tmp_path):
    shapes = '<polyline label="dog" points="1,1;2,2"/><box label="dog" xtl="1" ytl="1" xbr="9" ybr="9" rotation="5"/>'
    (tmp_path / "x.xml").write_text(CVAT.format(shape=shapes))
    done = library.exchange.import_file("cvat", tmp_path / "x.xml", "back")
    assert done.unheld == {"shapes of the kind polyline": 1, "rotated boxes": 1, "shapes of the kind tag": 1}
    assert done.regions == 0


LABELME = {
    "imagePath": "plain.png",
    "imageWidth": 60,
    "imageHeight": 40,
    "shapes": [{"label": "dog", "points": [[1, 1], [9, 1], [9, 9]], "shape_type": "polygon", "group_id": None}],
}


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"imageWidth": "60"}, "imageWidth"),
        ({"shapes": 5}, "shapes: a list"),
        ({"shapes": [5]}, r"shapes\[0\]: an object"),
        ({"shapes": [{"label": 5}]}, r"shapes\[0\]\.label"),
        ({"shapes": [{"label": "a", "points": [[1, 2, 3]]}]}, r"shapes\[0\]\.points: a list of \[x, y\]"),
        ({"shapes": [{"label": "a", "points": [[1, "2"], [1, 2], [3, 3]]}]}, r"shapes\[0\]\.points: a finite number"),
        (
            {"shapes": [{"label": "a", "points": [[1, 10**400], [1, 2], [3, 3]]}]},
            r"shapes\[0\]\.points: a finite number",
        ),
        ({"shapes": [{"label": "a", "points": [[1, float("inf")]]}]}, "this is not JSON"),
        (
            {"shapes": [{"label": "a", "points": [[1, 1], [2, 2]], "shape_type": "mask", "mask": "?"}]},
            "a PNG in base64",
        ),
        ({"imagePath": None}, "imagePath"),
    ],
)
def test_what_is_wrong_in_labelme_is_one_line_with_the_place(whole, tmp_path, changes, match):
    (tmp_path / "x.json").write_text(json.dumps(LABELME | changes))
    refused(whole, "labelme", tmp_path / "x.json", match)


def test_labelme_nested_too_deep_is_one_line(whole, tmp_path):
    (tmp_path / "x.json").write_text("[" * 200_000)
    refused(whole, "labelme", tmp_path / "x.json", "nests too deep|this is not JSON")


def test_labelme_groups_are_one_thing(library, index, tmp_path):
    shapes = [
        {"label": "dog", "points": [[1, 1], [9, 1], [9, 9]], "group_id": 1},
        {"label": "dog", "points": [[20, 20], [30, 20], [30, 30]], "group_id": 1},
        {"label": "dog", "points": [[20, 20], [30, 30]], "shape_type": "circle"},
    ]
    (tmp_path / "x.json").write_text(json.dumps(LABELME | {"shapes": shapes}))
    done = library.exchange.import_file("labelme", tmp_path / "x.json", "back")
    assert (done.regions, done.unheld) == (1, {"shapes of the kind circle": 1})
    [row] = [row for rows in held(index, "back").values() for row in rows]
    assert row.box[0] < 9
    assert row.box[2] == 30


def test_labelme_files_of_every_version_are_read(library, index, tmp_path):
    """Their keys and kinds of shapes are those of LabelMe's own examples, from version 3 on."""
    square = [[5, 5], [15.5, 5], [15.5, 20], [5, 20]]
    no_mask = {"mask": None, "description": ""}
    kinds = {"circle": 2, "line": 2, "point": 1, "points": 3, "linestrip": 3, "oriented_rectangle": 4}
    picture = base64.b64encode((tmp_path / "photos" / "plain.png").read_bytes()).decode()
    files = {
        "three": {"flags": {}, "shapes": [{"label": "a", "line_color": None, "fill_color": None, "points": square}],
                  "lineColor": [0, 255, 0, 128], "fillColor": [255, 0, 0, 128], "imageData": picture},
        "four": {"version": "4.0.0", "flags": {}, "imageData": None, "imageHeight": 40, "imageWidth": 60,
                 "shapes": [{"label": "b", "points": [[15, 20], [5, 5]], "group_id": None, "shape_type": "rectangle",
                             "flags": {}}]},
        "five": {"version": "5.5.0", "flags": {"day": True}, "imageData": None, "imageHeight": 40, "imageWidth": 60,
                 "shapes": [{"label": kind, "points": square[:count], "group_id": None, "shape_type": kind, "flags": {}}
                            | no_mask for kind, count in kinds.items()]},
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / "labelme" / name).mkdir(parents=True)
        file = tmp_path / "labelme" / name / "plain.json"
        file.write_text(json.dumps(content | {"imagePath": "plain.png"}, indent=2))
    done = library.exchange.import_file("labelme", tmp_path / "labelme", "labelme")
    assert done.unheld == {f"shapes of the kind {kind}": 1 for kind in kinds}
    found = {row.category: (row.box, row.mask) for rows in held(index, "labelme").values() for row in rows}
    mask = np.zeros(SIZE[::-1], bool)
    mask[5:20, 5:16] = True
    assert found == {"a": ((5, 5, 16, 20), encoded(mask)), "b": ((5, 5, 15, 20), None)}


CVAT_KINDS = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta>
    <project><id>1</id><name>all kinds</name><labels>
      <label><name>thing</name><color>#c06060</color><type>any</type><attributes/></label>
      <label><name>person</name><type>skeleton</type><svg>&lt;line x1="1" /&gt;</svg></label></labels></project>
    <dumped>2026-11-25 10:00:00.000000+00:00</dumped>
  </meta>
  <image id="0" name="plain.png" subset="default" task_id="1" width="60" height="40">
    <tag label="thing" source="manual"/>
    <box label="thing" source="auto" occluded="1" xtl="1.0" ytl="2.0" xbr="9.0" ybr="8.0" z_order="0" group_id="3">
      <attribute name="score">0.75</attribute></box>
    <box label="thing" source="manual" occluded="0" xtl="1" ytl="2" xbr="9" ybr="8" rotation="30.00" z_order="0"/>
    <polyline label="thing" source="manual" occluded="0" points="1.00,1.00;5.00,9.00" z_order="0"/>
    <points label="thing" source="manual" occluded="0" points="1.00,1.00" z_order="0"/>
    <ellipse label="thing" source="manual" occluded="0" cx="20.00" cy="20.00" rx="5.00" ry="4.00" z_order="0"/>
    <cuboid label="thing" source="manual" occluded="0" xtl1="1" ytl1="1" xbl1="1" ybl1="9" xtr1="9" ytr1="1" xbr1="9"
      ybr1="9" xtl2="3" ytl2="3" xbl2="3" ybl2="8" xtr2="8" ytr2="3" xbr2="8" ybr2="8" z_order="0"/>
    <skeleton label="person" source="manual" z_order="0">
      <points label="1" source="manual" outside="0" occluded="0" points="9.00,9.00"/></skeleton>
  </image>
  <track id="0" label="thing" source="manual"><box frame="0" keyframe="1" outside="0" occluded="0" xtl="1" ytl="1"
    xbr="9" ybr="9" z_order="0"/></track>
</annotations>"""


def test_every_kind_of_shape_of_cvat_is_held_or_told(library, index, tmp_path):
    (tmp_path / "annotations.xml").write_text(CVAT_KINDS)
    done = library.exchange.import_file("cvat", tmp_path / "annotations.xml", "cvat")
    kinds = ("tag", "polyline", "points", "ellipse", "cuboid", "skeleton")
    told = {f"shapes of the kind {kind}": 1 for kind in kinds} | {"rotated boxes": 1, "tracks of videos": 1}
    assert (done.regions, done.unheld) == (1, told)
    [row] = [row for rows in held(index, "cvat").values() for row in rows]
    assert (row.box, row.score) == ((1, 2, 9, 8), 0.75)


def write_yolo(folder, line, yaml="names: [dog]\ntrain: images/train\n"):
    for name in ("images", "labels"):
        (folder / name / "train").mkdir(parents=True)
    (folder / "data.yaml").write_text(yaml)
    (folder / "labels" / "train" / "plain.txt").write_text(line)
    return folder


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("0 0.5 0.5 0.1 x", r"plain\.txt: line 1: numbers"),
        ("0 0.5 0.5 0.1 nan", r"plain\.txt: line 1: a finite number"),
        ("\n1 0.5 0.5 0.1 0.1", r"plain\.txt: line 2: there is no class 1"),
        ("0.5 0.5 0.5 0.1 0.1", "there is no class 0.5"),
        ("0 0.5 0.5 0.1", "class, x, y"),
        ("0 0.5 0.5 1.5 0.1", r"line 1: -15 lies outside"),
        ("0 0.5 0.5 0.1 0.1 2", "a confidence"),
        ("0 0.1 0.1 0.2 0.2 0.3 0.3 0.4", "class, x, y"),
    ],
)
def test_what_is_wrong_in_yolo_is_one_line_with_the_place(whole, tmp_path, line, match):
    refused(whole, "yolo", write_yolo(tmp_path / "yolo", line), match)


@pytest.mark.parametrize(
    ("yaml", "match"),
    [
        ("names: 5\ntrain: images/train", "names: a list of classes"),
        ("names: [5]\ntrain: images/train", r"names\[0\]"),
        ("names: [dog]\ntrain: 5", "train: the name of a folder"),
        ("names: [dog]\ntrain: photos", "has no folder `images`"),
        ("- a\n- b", "names with values"),
        ("a: [", r"line \d: this is not YAML"),
        ("a: &a [*a]\nnames: *a", r"names\[0\]"),
        ("!!python/object/apply:os.system [ls]", "this is not YAML"),
    ],
)
def test_what_is_wrong_in_its_yaml_is_one_line(whole, tmp_path, yaml, match):
    refused(whole, "yolo", write_yolo(tmp_path / "yolo", "", yaml), match)


def test_confidences_are_scores(library, index, tmp_path):
    library.exchange.import_file("yolo", write_yolo(tmp_path / "yolo", "0 0.5 0.5 0.1 0.1 0.25\n"), "back")
    [row] = [row for rows in held(index, "back").values() for row in rows]
    assert row.score == 0.25
    np.testing.assert_allclose(row.box, (27, 18, 33, 22), atol=1e-4)


def test_photos_are_known_by_path_content_and_unique_name(library, index, tmp_path):
    photos = [
        {"id": 1, "file_name": "same.png", "width": 60, "height": 40},
        {"id": 2, "file_name": "b/same.png", "width": 60, "height": 40},
        {"id": 3, "file_name": "elsewhere/plain.png", "width": 60, "height": 40},
        {"id": 4, "file_name": str(tmp_path / "photos" / "a" / "same.png"), "width": 60, "height": 40},
        {"id": 5, "file_name": "two.dots.here.png", "width": 40, "height": 60},
        {"id": 6, "file_name": "C:\\photos\\two.dots.here.png", "width": 60, "height": 40},
    ]
    boxes = [
        {"id": each["id"], "image_id": each["id"], "category_id": 3, "bbox": [each["id"], 0, 5, 5]} for each in photos
    ]
    (tmp_path / "x.json").write_text(json.dumps(COCO_FILE | {"images": photos, "annotations": boxes}))
    done = library.exchange.import_file("coco", tmp_path / "x.json", "back")
    paths = {id_: photo["path"] for id_, photo in photos_of(index).items()}
    found = {int(row.box[0]): paths[row.photo] for rows in held(index, "back").values() for row in rows}
    assert found == {2: "b/same.png", 3: "plain.png", 4: "a/same.png", 6: "two.dots.here.png"}
    assert set(done.examples) == {
        "same.png: several photos of the index have this name",
        "two.dots.here.png: labelled on its side",
    }
    hinted = [photos[0] | {"file_name": "same.png"}]
    (tmp_path / "y.json").write_text(json.dumps(COCO_FILE | {"images": hinted, "annotations": boxes[:1]}))
    library.exchange.import_file("coco", tmp_path / "y.json", "hinted", root_hint=tmp_path / "photos" / "a")
    assert [paths[row.photo] for rows in held(index, "hinted").values() for row in rows] == ["a/same.png"]


@pytest.mark.parametrize("name", ["coco", "voc", "labelme", "cvat"])
def test_labels_of_programs_that_ignore_exif_are_turned_upright(library, tmp_path, name):
    """The same files without their EXIF are labelled, and the labels imported for the files that have it."""
    folder, bare = tmp_path / "photos", tmp_path / "bare"
    folder.mkdir(), bare.mkdir()
    for file in save_orientations(
        folder, Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60), np.uint8))
    ):
        with Image.open(file) as image:
            Image.fromarray(np.asarray(image)).save(bare / file.name)
    mask = disc((60, 40), 20, 12, 9) & ~disc((60, 40), 24, 12, 3)
    other = Library.open(tmp_path / "other")
    other.index([bare], ColourEncoder())
    there = Index.open(other.uri)
    fact = rows_for(there, photos_of(there))[0]
    rows = []
    for number, (id_, photo) in enumerate(photos_of(there).items()):
        turn = TURNS.get(int(photo["path"].split("-")[1][0]))
        stored = np.asarray(Image.fromarray(mask).transpose(turn)) if turn is not None else mask
        facts = {"id": f"{number:032x}", "photo": id_, "content_hash": photo["content_hash"]}
        size = {"width": photo["width"], "height": photo["height"]}
        rows.append(replace(fact, **facts, **size, box=tuple(map(float, box_of(stored))), mask=encoded(stored)))
    there.regions.add(rows, {})
    other.exchange.export(name, tmp_path / "out", sources=["me"], pictures=Pictures.COPY)
    (tmp_path / "out" / "lens-photos.csv").unlink()

    library.index([folder], ColourEncoder())
    index = Index.open(library.uri)
    place = coco_in(tmp_path / "out") if name == "coco" else tmp_path / "out"
    done = library.exchange.import_file(name, place, "back")
    assert (done.regions, done.turned, done.unmatched) == (8, 4, 0)
    paths = {id_: photo["path"] for id_, photo in photos_of(index).items()}
    for photo, (row,) in held(index, "back").items():
        if int(paths[photo].split("-")[1][0]) in (1, 5, 6, 7, 8):  # of the others the size does not tell
            assert (row.width, row.height) == (60, 40)
            assert row.box == box_of(mask)
            assert row.mask == (None if name == "voc" else encoded(mask))


def test_regions_on_photos_that_are_copies_of_each_other_stay_on_theirs(library, tmp_path):
    index = labelled(library, tmp_path / "photos", ["a/x.png"])
    for name in ("b/x.png", "c/y.png"):
        (tmp_path / "photos" / name).parent.mkdir()
        (tmp_path / "photos" / name).write_bytes((tmp_path / "photos" / "a" / "x.png").read_bytes())
    library.index([tmp_path / "photos"], ColourEncoder())
    index.regions.add(rows_for(index, photos_of(index), source="copies"), {})
    for name, place in (("coco", tmp_path / "out.json"), ("voc", tmp_path / "voc")):
        library.exchange.export(name, place, sources=["copies"], pictures=None if name == "coco" else Pictures.COPY)
        library.exchange.import_file(name, place, name)
        assert {id_: len(rows) for id_, rows in held(index, name).items()} == {
            id_: len(rows) for id_, rows in held(index, "copies").items()
        }


def test_a_large_photo_comes_back_too(library, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("RGB", (4032, 3024), "navy").save(folder / "large.jpg")
    library.index([folder], ColourEncoder())
    index = Index.open(library.uri)
    mask = disc((4032, 3024), 2000, 1500, 900) & ~disc((4032, 3024), 2100, 1400, 300)
    [row] = rows_for(index, photos_of(index) | {"f" * 32: next(iter(photos_of(index).values())) | {"path": "z"}})[:1]
    index.regions.add(
        [replace(row, photo=next(iter(photos_of(index))), mask=encoded(mask), box=(1100, 600, 2900, 2400))], {}
    )
    for name in ("coco", "yolo-seg", "labelme", "cvat"):
        library.exchange.export(name, tmp_path / name, sources=["me"])
        place = coco_in(tmp_path / name) if name == "coco" else tmp_path / name
        library.exchange.import_file(TRIPS[name], place, name)
        [back] = [each for rows in held(index, name).values() for each in rows]
        np.testing.assert_array_equal(decoded(back.mask, 4032, 3024), mask)
