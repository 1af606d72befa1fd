"""Files that chance has damaged are read, or refused in one line; no other error comes out of them."""

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lens import Library
from lens.errors import ImportRefused
from lens.export.found import Doubts
from lens.export.matching import PhotoFinder
from lens.export.readers.coco import read_coco
from lens.export.readers.cvat import read_cvat
from lens.export.readers.labelme import read_labelme
from lens.export.readers.voc import read_voc
from lens_indexes import Index
from tests.labelled import labelled
from tests.lens.export.test_importing import COCO_FILE, CVAT, LABELME, RIGHT, VOC

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-70, 70)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["", "1", "0h0", "dog", "plain.png", "\ud800", "../../etc/passwd", "\0", "proposed"]),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.sampled_from(["size", "counts", "id", "x"]), inner),
    max_leaves=8,
)
QUICK = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def finder(tmp_path_factory):
    place = tmp_path_factory.mktemp("fuzzed")
    made = Library.open(place / "index")
    labelled(made, place / "photos", ["plain.png"])
    return PhotoFinder(Index.open(made.uri), place / "photos", None)


def places(content: Any, way: tuple = ()) -> list[tuple]:
    """The way to everything in some JSON."""
    found = [way] if way else []
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inner:
        found += places(value, (*way, key))
    return found


def put(content: Any, way: tuple, value: Any) -> Any:
    made = copy.deepcopy(content)
    inner = made
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = value
    return made


def survives(finder, read, path) -> None:
    """Every region that comes out can be stored; what is refused is one line."""
    try:
        for found in read(path, finder, Doubts()):
            x0, y0, x1, y1 = found.box
            assert 0 <= x0 < x1 <= 60
            assert 0 <= y0 < y1 <= 40
            assert found.mask is None or isinstance(found.mask, bytes)
            found.category.encode()
    except ImportRefused as refused:
        assert len(str(refused).splitlines()) == 1
        assert str(path) in str(refused)


@QUICK
@given(st.sampled_from(places(COCO_FILE)), ANYTHING)
@example(("annotations", 1, "segmentation", "counts"), [2400])
@example(("annotations", 0, "segmentation"), [[0, 0, 0, 0, 0, 0]])
def test_coco_with_something_else_in_it(finder, tmp_path, way, value):
    (tmp_path / "x.json").write_text(json.dumps(put(COCO_FILE, way, value)))
    survives(finder, read_coco, tmp_path / "x.json")


@QUICK
@given(st.data())
def test_coco_with_other_bytes(finder, tmp_path, data):
    content = bytearray(json.dumps(COCO_FILE).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    (tmp_path / "x.json").write_bytes(content)
    survives(finder, read_coco, tmp_path / "x.json")


@QUICK
@given(st.sampled_from(sorted(RIGHT)), st.text(max_size=6) | st.integers(-100, 100) | st.floats())
def test_voc_with_something_else_in_it(finder, tmp_path, name, value):
    (tmp_path / "x.xml").write_bytes(VOC.format(**RIGHT | {name: value}).encode(errors="surrogatepass"))
    survives(finder, read_voc, tmp_path / "x.xml")


XML = {
    read_voc: VOC.format(**RIGHT),
    read_cvat: CVAT.format(
        shape='<box label="dog" xtl="1" ytl="1" xbr="9" ybr="9"/><polygon label="dog" points="1,1;9,9;1,9"/>'
        '<mask label="dog" rle="5, 20" left="0" top="0" width="5" height="5"/>'
    ),
}


@QUICK
@given(st.sampled_from(list(XML)), st.data())
def test_xml_with_other_bytes_and_numbers(finder, tmp_path, read, data):
    text = XML[read]
    numbers = list(re.finditer(r"\d+", text))
    found = data.draw(st.sampled_from(numbers))
    text = (
        text[: found.start()]
        + data.draw(st.sampled_from(["", "-1", "1e9", "nan", "inf", "x", "0", "41"]))
        + text[found.end() :]
    )
    content = bytearray(text.encode())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    (tmp_path / "x.xml").write_bytes(content)
    survives(finder, read, tmp_path / "x.xml")


@QUICK
@given(st.sampled_from(places(LABELME)), ANYTHING)
def test_labelme_with_something_else_in_it(finder, tmp_path, way, value):
    (tmp_path / "x.json").write_text(json.dumps(put(LABELME, way, value)))
    survives(finder, read_labelme, tmp_path / "x.json")
