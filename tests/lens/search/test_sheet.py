"""The contact sheet shows what was found, in order."""

import base64
import io
import re

import pytest
from PIL import Image

from lens.errors import SheetError
from lens.search.match import Match
from lens.search.sheet import CELL, GAP, contact_sheet, save_sheet
from tests.fakes import paint


@pytest.fixture
def matches(tmp_path):
    files = [paint(tmp_path / f"{colour}.png", colour, (300, 300)) for colour in ("red", "blue", "lime")]
    return [Match(rank, file, 0.5, "", f"{rank}" * 32) for rank, file in enumerate(files, start=1)]


def centres(sheet: Image.Image, rows: int, columns: int, top: int) -> list[tuple[int, ...]]:
    step = CELL + GAP
    return [
        sheet.getpixel((GAP + column * step + CELL // 2, top + row * (step + 22) + CELL // 2))
        for row in range(rows)
        for column in range(columns)
    ]


def test_photos_stand_in_order(matches):
    sheet = contact_sheet([("colours", matches)], columns=2)
    assert centres(sheet, 2, 2, GAP + 46)[:3] == [(255, 0, 0), (0, 0, 255), (0, 255, 0)]


def test_a_photo_that_is_gone_is_left_blank(matches):
    matches[0].path.unlink()
    sheet = contact_sheet([("colours", matches)], columns=3)
    blank, blue, lime = centres(sheet, 1, 3, GAP + 46)
    assert (blue, lime) == ((0, 0, 255), (0, 255, 0))
    assert min(blank) > 200


def test_nothing_found_is_a_sheet_too():
    assert contact_sheet([("nothing", [])]).width > 0


def test_saving(matches, tmp_path):
    save_sheet([("colours", matches)], tmp_path / "sheet.jpg")
    with Image.open(tmp_path / "sheet.jpg") as saved:
        assert saved.format == "JPEG"
    for place in ("sheet.nothing", "no/folder/sheet.jpg"):
        with pytest.raises(SheetError, match="cannot be saved"):
            save_sheet([("colours", matches)], tmp_path / place)


def test_a_page_holds_its_pictures_and_shows_names_as_they_are(matches, tmp_path):
    odd = paint(tmp_path / "<b>&\"x'.png", "red", (3000, 200))
    matches[0] = Match(1, odd, 0.25, "", "0" * 32)
    matches[1].path.unlink()
    save_sheet([("<script>alert(1)</script>", matches)], tmp_path / "sheet.html")
    page = (tmp_path / "sheet.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;&quot;x&#x27;.png" in page
    assert page.index("0.250") < page.index("lime.png")
    assert page.count('class="gone"') == 1
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([^\"]+)", page)]
    assert [max(picture.size) for picture in pictures] == [320, 320]
    assert pictures[0].getpixel((5, 5))[0] > 240
    assert "http" not in page.replace("http-equiv", "")
