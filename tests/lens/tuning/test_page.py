"""The page of a training: whole by itself, and with the figures that it is about."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from lens.evaluation import Difference, Evaluated, Judgement, Neighbours, Share
from lens.models.manifest import models_folder
from lens.selfsup.training import Recipe
from lens.tuning.charts import Bar, curve, intervals
from lens.tuning.choosing import Choice
from lens.tuning.networks import Start
from lens.tuning.page import save_page
from lens.tuning.plan import TunePlan, TuneReport
from lens.tuning.verdict import Verdict

pytest.importorskip("lightly")


def numbers(svg: str, tag: str, name: str) -> list[float]:
    return [float(each.get(name)) for each in ET.fromstring(svg).iter(f"{{http://www.w3.org/2000/svg}}{tag}")]


def test_a_curve_falls_where_values_do_and_shows_its_limit():
    svg = curve("Rank", [0, 1, 2, 4], [40.0, 10.0, 20.0, 5.0], limit=3.0)
    across, down = numbers(svg, "circle", "cx"), numbers(svg, "circle", "cy")
    assert down[0] < down[2] < down[1] < down[3]  # up on paper is small
    assert across[3] - across[2] == pytest.approx(2 * (across[1] - across[0]), abs=0.2)
    [limit] = [each for each in ET.fromstring(svg) if each.get("stroke-dasharray") == "5 4"]
    assert float(limit.get("y1")) == float(limit.get("y2")) > down[3]
    [two] = [each.text for each in ET.fromstring(curve("Loss", [1], [2.0])).iter() if each.text in {"2", "2.0"}]
    assert two == "2"  # of a single epoch, named once
    said = [each.text for each in ET.fromstring(curve("Uniformity", [0, 1], [-2.583, -2.576])).iter()]
    assert {"-2.583", "-2.576"} <= set(said)  # and not -2.58 twice


def test_an_interval_lies_on_both_sides_of_its_value():
    svg = intervals("Gain", [Bar("knn <&>", 0.1, -0.1, 0.2, "+10 points"), Bar("x", -0.1, -0.2, 0.0, "-10")], -0.3, 0.3)
    nought, one, other = zip(numbers(svg, "line", "x1"), numbers(svg, "line", "x2"), strict=True)
    dots = numbers(svg, "circle", "cx")
    assert one[0] < nought[0] == nought[1] < dots[0] < one[1]
    assert other[0] < dots[1] < other[1] == nought[0]
    assert dots[0] - nought[0] == pytest.approx(nought[0] - dots[1], abs=0.2)
    assert "knn <&>" in [each.text for each in ET.fromstring(svg)]


@pytest.fixture
def verdict(tmp_path) -> Verdict:
    for name in ("asked", "near", "<b>far"):
        Image.new("RGB", (60, 40), (90, 120, 30)).save(tmp_path / f"{name}.jpg")
    share, gain = Share(0.5, 0.4, 0.6, 100), Difference(0.123, 0.01, 0.2)
    found = Evaluated([Judgement("knn", "mine", share), Judgement("knn", "builtin", share)], {"knn": gain})
    by = {"mine": [tmp_path / "near.jpg"], "builtin": [tmp_path / "<b>far.jpg", tmp_path / "gone.jpg"]}
    return Verdict("mine", "builtin", found, "knn", 0.05, [], True, [Neighbours(tmp_path / "asked.jpg", by)])


def test_a_page_holds_all_of_it(verdict, tmp_path):
    choice = Choice([], 100, 3)
    recipe = Recipe(epochs=2, batch=32, learning_rate=1e-4)
    start = Start("builtin", "last", "builtin", "1", "tuned")
    run, asked = "f" * 24, ("a dog", "<tag>")
    plan = TunePlan("simclr", "mine", choice, recipe, 192, 10.0, "cpu", run, asked, "/an index", start, "builtin")
    health = {"rank": 40.0, "alignment": 0.5, "uniformity": -1.0}
    curve = [{"epoch": 0, **health}, {"epoch": 1, "loss": 3.0, **health}, {"epoch": 2, "loss": 2.0, **health}]
    report = TuneReport("simclr", "mine", 1234, 100, 3, 2, 76, 76, 12.0, True, curve)
    page = save_page(plan, report, verdict).read_text(encoding="utf-8")
    assert (models_folder() / "mine" / "report.html").exists()
    assert "Better: knn gains +12.3 points (+1.0 to +20.0)." in page
    assert "Whether words still find photos was not measured" in page
    assert "1,234 photos" in page
    assert page.count("data:image/jpeg;base64,") == 3
    assert page.count('class="gone" title') == 1
    assert page.count("<svg") == 6  # shares, differences, and four curves
    assert "lens tune simclr &#39;a dog&#39; &#39;&lt;tag&gt;&#39; --name mine --epochs 2 --batch 32 --side 192" in page
    assert "<b>far" not in page
    assert "<tag>" not in page
    assert not re.findall(r'(?:src|href)="(?!data:)', page)
    assert "says of photos" not in page
    Image.new("RGB", (60, 80), "teal").save(tmp_path / "sheet.png")
    drawn = save_page(plan, replace(report, pictures=tmp_path / "sheet.png"), verdict).read_text(encoding="utf-8")
    assert 'alt="what simclr says of photos"' in drawn
    assert drawn.count("data:image/jpeg;base64,") == 4
    assert "all but mean and contrast" not in drawn
    hidden = save_page(replace(plan, method="mae"), replace(report, pictures=tmp_path / "sheet.png"), verdict)
    assert "all but mean and contrast" in hidden.read_text(encoding="utf-8")
    looked = save_page(plan, replace(report, attention=tmp_path / "sheet.png"), verdict).read_text(encoding="utf-8")
    assert "Where it looks" in looked
    assert "Where it looks" not in drawn
    assert looked.count("data:image/jpeg;base64,") == 4
    assert "beside builtin, which it was before." in page
    anew = save_page(replace(plan, start=replace(start, trained="scratch")), report, verdict).read_text(
        encoding="utf-8"
    )
    assert "beside builtin, the same network with the weights it came with." in anew
    worse = replace(verdict, better=False, reasons=["knn: +0.0 points is no gain beyond chance"])
    assert "Not better: knn: +0.0 points" in save_page(plan, report, worse).read_text(encoding="utf-8")
