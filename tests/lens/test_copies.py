"""Copies and links of photos: each under a name of its own, nothing overwritten, twice the same as once."""

import os

import pytest

from lens.copies import carry_out, plan_copies
from lens.errors import CopyError
from tests.fakes import paint


@pytest.fixture
def found(tmp_path):
    return [
        paint(tmp_path / "a" / "x.png", "red"),
        paint(tmp_path / "b" / "x.png", "blue"),
        paint(tmp_path / "b" / "X.png", "lime"),
        paint(tmp_path / "b" / "y.jpg", "navy"),
    ]


def test_copies_keep_content_and_time_and_names_apart(found, tmp_path):
    os.utime(found[0], (1e9, 1e9))
    out = tmp_path / "new" / "out"
    copies = plan_copies([*found, found[0]], out)
    assert not out.exists()
    assert [copy.target.name for copy in copies] == ["x.png", "x-2.png", "X-3.png", "y.jpg"]
    assert carry_out(copies) == 4
    for copy in copies:
        assert copy.target.read_bytes() == copy.source.read_bytes()
    assert (out / "x.png").stat().st_mtime == 1e9


def test_what_is_there_is_neither_overwritten_nor_copied_twice(found, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "x.png").write_text("mine")
    (out / "y.jpg").symlink_to(tmp_path / "nothing")
    assert carry_out(plan_copies(found, out)) == 4
    assert carry_out(plan_copies(found, out)) == 0
    assert (out / "x.png").read_text() == "mine"
    assert (out / "y.jpg").is_symlink()
    assert len(list(out.iterdir())) == 6


def test_links_lead_to_the_photos(found, tmp_path):
    out = tmp_path / "out"
    assert carry_out(plan_copies(found, out, link=True), link=True) == 4
    assert {link.resolve() for link in out.iterdir()} == set(found)
    assert carry_out(plan_copies(found, out, link=True), link=True) == 0
    copies = plan_copies(found[:1], out)  # a link is not the photo
    assert [copy.target.name for copy in copies if not copy.there] == ["x-3.png"]


def test_a_place_taken_since_the_plan_is_left_alone(found, tmp_path):
    copies = plan_copies(found, tmp_path / "out")
    (tmp_path / "out").mkdir()
    copies[0].target.write_text("mine")
    found[3].unlink()
    with pytest.raises(CopyError, match="2 of 4 photos could not be copied"):
        carry_out(copies)
    assert copies[0].target.read_text() == "mine"
    assert copies[1].target.is_file()
    assert not copies[3].target.exists()


def test_a_folder_that_cannot_be_is_said_so(found, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CopyError, match="could not be linked"):
        carry_out(plan_copies(found, tmp_path / "file" / "sub", link=True), link=True)
