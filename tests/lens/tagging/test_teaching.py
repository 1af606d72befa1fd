"""Tags taught by examples: what is learned, how good it is, and what takes over from the words."""

import colorsys
import json

import lancedb
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from lens.errors import NameUnknown, TagError, VocabularyError
from lens.tagging import parse_vocabulary
from lens.tagging.probes import WEAK, agreement, fit_probe
from tests.fakes import paint


@pytest.fixture
def shades(library, photos, encoder):
    """Sixty hues, of which the first third are warm."""
    for number in range(60):
        red, green, blue = (int(255 * each) for each in colorsys.hsv_to_rgb(number / 60, 0.8, 0.9))
        paint(photos / f"hue{number:02}.png", f"rgb({red},{green},{blue})")
    library.index([photos], encoder)
    library._encoders._encoders["colour"] = encoder
    library.photos_at = lambda *numbers: [photos / f"hue{number:02}.png" for number in numbers]
    return library


def hues(library, query) -> set[int]:
    names = [match.path.stem for match in library.search(query, top=99)]
    return {int(name[3:]) for name in names if name.startswith("hue")}


def test_what_was_taught_is_found_at_once_and_takes_over_from_the_words(shades):
    lesson = shades.tags.learned.teach(
        "blue", shades.photos_at(38, 39, 40, 41, 42), shades.photos_at(0, 10, 20, 30, 50)
    )
    assert (lesson.yes, lesson.no, lesson.weak) == (5, 5, 45)
    assert lesson.accuracy == 1.0
    assert 0 <= lesson.by_words <= 1
    learned = hues(shades, "tag:blue")
    assert {38, 39, 40, 41, 42} <= learned <= set(range(30, 50))
    report = shades.tags.tag(vocabulary=parse_vocabulary("prompts: {}\nblue\nred", "colours"))
    tagged = {photo.path.stem for photo in report.photos if "blue" in [tag.name for tag in photo.tags]}
    assert {f"hue{number}" for number in learned} <= tagged
    assert hues(shades, "tag:blue") == learned
    assert [each.vocabulary for each in shades.tags.all()] == ["colours", "learned"]


def test_an_example_is_what_was_said_of_it(shades):
    learned = shades.tags.learned
    learned.teach("odd", shades.photos_at(0, 1, 2, 30), shades.photos_at(3))
    found = hues(shades, "tag:odd")
    assert {0, 1, 2, 30} <= found
    assert 3 not in found
    learned.teach("odd", no=shades.photos_at(30))
    assert 30 not in hues(shades, "tag:odd")
    [held] = learned.all()
    assert (held.name, held.yes, held.no) == ("odd", 3, 2)


def test_the_most_uncertain_come_first_and_no_examples(shades):
    learned = shades.tags.learned
    learned.teach("warm", shades.photos_at(0, 2, 4, 6), shades.photos_at(30, 34, 38))
    offered = learned.uncertain("warm", 12)
    doubt = [abs(each.likelihood - 0.5) for each in offered]
    assert len(offered) == 12
    assert doubt == sorted(doubt)
    names = {each.path for each in offered}
    assert not names & set(shades.photos_at(0, 2, 4, 6, 30, 34, 38))
    every = learned.uncertain("warm", 999)
    assert len(every) == 64 - 7
    assert max(doubt) <= min(abs(each.likelihood - 0.5) for each in every[12:])


def test_an_attempt_keeps_nothing_and_comes_to_what_teaching_does(shades):
    learned = shades.tags.learned
    first = learned.attempt("blue", 99)
    assert (first.lesson, first.yes, first.no, len(first.asked)) == (None, (), (), 64)
    assert "blue" in first.asked[0].path.stem or first.asked[0].path in shades.photos_at(*range(38, 43))
    assert first.asked[0].likelihood is None
    ids = {each.path.stem: each.id for each in first.asked}
    learned.note("blue", {ids["hue00"]: False})
    assert learned.attempt("blue", 99).lesson is None
    learned.note("blue", {ids["hue40"]: True, ids["hue41"]: True, ids["hue10"]: False, ids["hue30"]: True})
    learned.note("blue", {ids["hue30"]: None})
    attempt = learned.attempt("blue", 5)
    assert [sorted(each.path.stem for each in side) for side in (attempt.yes, attempt.no)] == [
        ["hue40", "hue41"],
        ["hue00", "hue10"],
    ]
    assert shades.tags.all() == []
    assert attempt.lesson == learned.teach("blue")
    assert list(attempt.asked) == learned.uncertain("blue", 5)


def test_new_photos_get_the_tag_when_tags_are_given_again(shades, photos, encoder):
    shades.tags.learned.teach("blue", shades.photos_at(38, 40, 42), shades.photos_at(0, 20))
    paint(photos / "hue99.png", "rgb(50,60,240)")
    shades.index([photos], encoder)
    assert 99 not in hues(shades, "tag:blue")
    report = shades.tags.tag(vocabulary="learned")
    assert len(report.photos) == 65
    assert 99 in hues(shades, "tag:blue")


def test_nothing_is_pickled_and_all_is_forgotten(shades, encoder):
    shades.tags.learned.teach("it's mine", shades.photos_at(1, 2), shades.photos_at(40))
    table = lancedb.connect(shades.uri).open_table("probes").search().to_arrow()
    assert [str(field.type) for field in table.schema] == ["string", "string", "list<item: float>", "double", "string"]
    assert len(table["weights"][0]) == encoder.info.dim
    assert json.loads(table["facts"][0].as_py())["yes"] == 2
    assert shades.tags.learned.drop("it's mine") == 3
    assert shades.tags.learned.all() == []
    assert hues(shades, 'tag:"it\'s mine"') == set()
    for forgotten in (shades.tags.learned.drop, shades.tags.learned.uncertain):
        with pytest.raises(NameUnknown, match="was taught"):
            forgotten("it's mine")


def test_another_revision_of_the_encoder_has_learned_nothing(shades):
    shades.tags.learned.teach("blue", shades.photos_at(40), shades.photos_at(0))
    index = shades._index()
    assert index.probes.all("colour 1")
    assert index.probes.all("colour 2") == {}


def test_what_cannot_be_taught_is_told(shades, tmp_path):
    learned = shades.tags.learned
    with pytest.raises(TagError, match="is not in the index"):
        learned.teach("x", [tmp_path / "none.jpg"])
    with pytest.raises(TagError, match="No photo shows x yet"):
        learned.teach("x", no=shades.photos_at(1))
    with pytest.raises(VocabularyError, match="may have no /"):
        learned.teach("a/b", shades.photos_at(1))
    assert learned.all() == []


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_the_probe_is_the_weighted_logistic_regression():
    rng = np.random.default_rng(0)
    yes, no, weak = unit(rng.normal(0.4, 1, (6, 8))), unit(rng.normal(-0.4, 1, (4, 8))), unit(rng.normal(size=(20, 8)))
    probe = fit_probe(yes, no, weak)
    model = LogisticRegression(C=10, max_iter=5000)
    against = 4 + 20 * WEAK
    counts = [1] * 6 + [6 / against] * 4 + [6 * WEAK / against] * 20
    model.fit(np.concatenate([yes, no, weak]), [True] * 6 + [False] * 24, counts)
    np.testing.assert_allclose(probe(weak), model.predict_proba(weak)[:, 1], atol=1e-3)


def test_accuracy_is_of_examples_that_were_left_out():
    rng = np.random.default_rng(0)
    same = unit(rng.normal(size=(60, 200)))
    by_probe, by_words = agreement(same[:20], same[20:40], same[40:], rng.normal(size=60).astype(np.float32))
    assert abs(by_probe - 0.5) < 0.25, "noise cannot be learned, though it can be remembered"
    assert abs(by_words - 0.5) < 0.25
    apart = unit(rng.normal(size=(40, 8)) + np.r_[np.full((20, 8), 3), np.full((20, 8), -3)])
    words = np.r_[np.full(20, 0.3), np.full(20, 0.1), np.zeros(20)].astype(np.float32)
    assert agreement(apart[:20], apart[20:], same[:20, :8], words) == (1.0, 1.0)
    assert agreement(apart[:20], apart[20:], same[:20, :8], None) == (1.0, None)
    assert agreement(apart[:20], apart[20:21], apart[21:], None) == (1.0, None), "chance stands in for examples"
    assert agreement(apart[:1], apart[20:], same[:0, :8], None) is None
