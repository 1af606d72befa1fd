"""Encoders side by side on somebody's photos."""

from pathlib import Path

import pytest

from lens.comparison import Comparison, compare, compare_on, compared_before, recommendation, words_of
from lens.errors import QueryError
from lens.evaluation import Share
from tests.fakes import BlindEncoder, ColourEncoder, paint


@pytest.fixture
def sorted_photos(tmp_path) -> list[Path]:
    """Thirty photos in three folders by colour; names of colours on some."""
    made = []
    for number in range(10):
        made += [
            paint(tmp_path / "warm" / f"{number}.png", f"rgb({250 - 6 * number},{9 * number},0)"),
            paint(tmp_path / "cold" / f"{number}.png", f"rgb({9 * number},0,{250 - 6 * number})"),
            paint(tmp_path / "green" / f"{number}.png", f"rgb(0,{250 - 6 * number},{9 * number})"),
        ]
    return [*made, paint(tmp_path / "IMG red.png", "red"), paint(tmp_path / "lime 2.png", "lime")]


def test_an_encoder_that_sees_is_better_than_one_that_does_not(sorted_photos, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"x")
    seeing, blind = compare([*sorted_photos, tmp_path / "broken.jpg"], [ColourEncoder("colour"), BlindEncoder("blind")])
    assert seeing.photos == blind.photos == len(sorted_photos)
    assert seeing.folders.value > 0.9
    assert blind.folders.value < 0.7
    assert seeing.folders.low <= seeing.folders.value <= seeing.folders.high
    assert seeing.chance == pytest.approx(10 / 32)
    assert seeing.names.photos == 2
    assert recommendation([seeing, blind], 1000).startswith("colour knows")


def test_what_a_comparison_found_is_kept(sorted_photos, monkeypatch, tmp_path):
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "cache"))
    encoders = {"colour": ColourEncoder("colour"), "blind": BlindEncoder("blind")}
    monkeypatch.setattr("lens.comparison.load", lambda name, **_: encoders[name])
    assert compared_before() == {}
    first = compare_on(sorted_photos, ["colour", "blind"])
    assert compared_before() == {each.encoder: each for each in first}
    [again] = compare_on(sorted_photos, ["blind"], count=12)
    assert again.photos == 12
    assert compared_before() == {"colour": first[0], "blind": again}
    (tmp_path / "cache" / "comparison.json").write_text('{"colour": {"of": "a newer version"}}')
    assert compared_before() == {}


def test_what_cannot_be_judged_is_not(tmp_path):
    [alone] = compare([paint(tmp_path / "1.png", "red"), paint(tmp_path / "2.png", "blue")], [ColourEncoder()])
    assert (alone.folders, alone.chance, alone.names) == (None, None, None)
    assert "only the speeds" in recommendation([alone], 2)
    with pytest.raises(QueryError, match="can be read"):
        compare([tmp_path / "none.png"], [ColourEncoder()])


def test_the_quicker_is_recommended_where_the_better_is_not_shown_to_be_better():
    def one(name: str, speed: float, value: float) -> Comparison:
        return Comparison(name, 100, speed, Share(value, value - 0.1, value + 0.1, 100), 0.2, None)

    assert recommendation([one("slow", 5, 0.8), one("quick", 50, 0.75)], 6000).startswith("quick: slow is not shown")
    assert recommendation([one("slow", 5, 0.8), one("quick", 50, 0.5)], 6000).startswith("slow knows")
    assert "20 minutes" in recommendation([one("slow", 5, 0.8), one("quick", 50, 0.5)], 6000)


def test_words_of_a_name():
    assert words_of(Path("cat-on-the-sofa_2.jpg")) == "cat the sofa"
    assert words_of(Path("IMG_1234.jpg")) == words_of(Path("DSC0001.JPG")) == ""
