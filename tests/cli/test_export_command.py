"""`lens export` as people and scripts meet it."""

import json

import pytest

from lens import Library
from lens.export import FORMATS
from tests.cli.test_commands import fails, ok, run
from tests.labelled import NAMES, labelled


@pytest.fixture
def at(tmp_path):
    labelled(Library.open(tmp_path / "index"), tmp_path / "photos")
    return ["--index", str(tmp_path / "index")]


def test_formats_are_listed():
    assert [line.split()[0] for line in ok("export", "--list").splitlines()] == list(FORMATS)


def test_an_export_is_told(at, tmp_path):
    done = run("export", "yolo", str(tmp_path / "out"), "folder:b", "--photos", "copy", "--split", "0.5,0.5", *at)
    assert done.returncode == 0
    assert done.stdout.strip() == str(tmp_path / "out")
    assert "Exported 2 photos, 0 of them without regions, and 12 regions." in done.stderr
    report = json.loads(ok("export", "coco", str(tmp_path / "out.json"), "--category", "dog", "--json", *at))
    assert report["photos"] == len(NAMES)
    assert list(report["categories"]) == ["dog"]
    assert ok("export", "csv", str(tmp_path / "out.csv"), "-q", *at) == ""


def test_what_cannot_be_exported_is_one_line(at, tmp_path):
    assert "There is no format yoyo" in fails("export", "yoyo", str(tmp_path / "out"), *at)
    assert "--force" in fails("export", "coco", str(tmp_path / "photos"), *at)
    assert "not made by an export" in fails("export", "coco", str(tmp_path / "photos"), "--force", *at)
    assert "no source they" in fails("export", "coco", str(tmp_path / "out"), "--source", "they", *at)
    fails("export", "coco", *at, status=2)
    fails("export", "coco", str(tmp_path / "out"), "--split", "most", *at, status=2)


def test_what_was_exported_is_imported(at, tmp_path):
    ok("export", "coco", str(tmp_path / "out.json"), "-q", *at)
    done = run("import", "coco", str(tmp_path / "out.json"), "--source", "back", *at)
    assert done.returncode == 0
    assert f"Imported 42 regions of {len(NAMES)} photos as back." in done.stderr
    report = json.loads(ok("import", "coco", str(tmp_path / "out.json"), "--source", "more", "--json", *at))
    assert (report["regions"], report["unmatched"]) == (42, 0)
    line = fails("import", "coco", str(tmp_path / "out.json"), "--source", "back", *at)
    assert "There is a source back already" in line
    (tmp_path / "bad.json").write_text("[")
    assert fails("import", "coco", str(tmp_path / "bad.json"), "--source", "bad", *at).count("\n") == 1
    fails("import", "coco", str(tmp_path / "out.json"), *at, status=2)
