"""Tagging a collection: which photos, what is stored, and what queries then find."""

import colorsys
from pathlib import Path

import numpy as np
import pytest

from lens.errors import NameUnknown, QueryError, TagError
from lens.photos.xmp import read_sidecars
from lens.tagging import parse_vocabulary
from lens.tagging.photo_tags import gather
from lens.tagging.scoring import Scored
from tests.fakes import ColourEncoder, paint

COLOURS = parse_vocabulary("prompts: {}\ncolour\nred < colour\ngreen = lime < colour\nblue < colour", "colours")


@pytest.fixture
def many(library, photos, encoder):
    """The four photos among forty of all other shades."""
    for number in range(40):
        red, green, blue = colorsys.hsv_to_rgb(number / 40, 0.35, 0.6)
        paint(photos / "more" / f"{number}.png", f"rgb({int(red * 255)},{int(green * 255)},{int(blue * 255)})")
    library.index([photos], encoder)
    return library


def tagged(report) -> dict[str, list[str]]:
    return {photo.path.name: [tag.name for tag in photo.tags] for photo in report.photos}


def found(library, query, encoder) -> set[str]:
    return {match.path.name for match in library.search(query, top=99, encoder=encoder)}


def test_tags_are_found_by_queries_and_imply_their_parents(many, encoder):
    report = many.tags.tag(vocabulary=COLOURS, encoder=encoder)
    by_name = tagged(report)
    assert len(report.photos) == 44
    assert {"red", "colour"} <= set(by_name["red.png"])
    assert "blue" in by_name["blue.png"]
    assert "blue" not in by_name["red.png"]
    red = {name for name, tags in by_name.items() if "red" in tags}
    assert found(many, "tag:RED", encoder) == red
    assert found(many, "tag:colour", encoder) == {name for name, tags in by_name.items() if "colour" in tags}
    assert found(many, "-tag:red", encoder) == set(by_name) - red
    [tags] = [photo.tags for photo in report.photos if photo.path.name == "red.png"]
    score = {tag.name: tag.score for tag in tags}
    assert score["colour"] >= score["red"] > 0
    assert {tag.path for tag in tags} >= {("colour",), ("colour", "red")}
    [counted] = many.tags.all()
    assert (counted.vocabulary, counted.model, counted.photos) == ("colours", "colour", 44)
    assert counted.tags["red"] == len(red)


def test_nothing_is_read_again(many, encoder, photos):
    before = encoder.encoded
    (photos / "red.png").unlink()
    many.tags.tag(vocabulary=COLOURS, encoder=encoder)
    assert encoder.encoded == before


def test_a_dry_run_writes_nothing(many, encoder):
    dry = many.tags.tag(vocabulary=COLOURS, encoder=encoder, dry_run=True)
    assert dry.dry_run
    assert many.tags.all() == []
    assert many.tags.tag(vocabulary=COLOURS, encoder=encoder).photos == dry.photos


def test_tagging_again_replaces_and_leaves_other_vocabularies_alone(many, encoder):
    many.tags.tag(vocabulary=COLOURS, encoder=encoder)
    many.tags.tag(vocabulary=parse_vocabulary("prompts: {}\nred", "other"), encoder=encoder)
    held = found(many, "tag:blue", encoder)
    assert held
    many.tags.tag(vocabulary=parse_vocabulary("prompts: {}\nred", "colours"), encoder=encoder)
    assert found(many, "tag:blue", encoder) == set()
    assert {each.vocabulary for each in many.tags.all()} == {"colours", "other"}
    assert many.tags.drop("other") == 44
    assert [each.vocabulary for each in many.tags.all()] == ["colours"]
    with pytest.raises(NameUnknown, match="with other; used so far: colours"):
        many.tags.drop("other")


def test_what_was_tagged_in_the_same_way_is_passed_over(many, encoder, photos):
    def tag(where=None, vocabulary=COLOURS, **settings):
        return many.tags.tag(where, vocabulary=vocabulary, encoder=encoder, **settings)

    part = tag(photos / "trip")
    assert (part.already, len(part.photos)) == (0, 1)
    told = []
    every = tag(on_progress=told.append)
    assert every.already == 1
    assert told[-1].done == told[-1].total == 43
    again = tag(on_progress=lambda _: pytest.fail("nothing is left to do"))
    assert (again.already, again.photos) == (44, every.photos)
    assert tag(dry_run=True).photos == every.photos
    assert tag(top=1).already == 0
    assert tag(top=1, min_score=0.3).already == 0
    assert tag(vocabulary=parse_vocabulary("prompts: {}\nred", "colours")).already == 0
    assert tag().already == 0, "other settings had replaced it"
    paint(photos / "more" / "new.png", "teal")
    many.index([photos], encoder)
    assert tag().already == 0, "each is judged among all, and these are others now"
    many._encoders._encoders["colour"] = encoder
    many.tags.learned.teach("red", [photos / "red.png"])
    assert tag().already == 0, "examples take over from the word"
    assert tag().already == 45


def test_only_what_is_asked_for_is_tagged_and_as_it_would_be_among_all(many, encoder, photos):
    every = tagged(many.tags.tag(vocabulary=COLOURS, encoder=encoder, dry_run=True))
    within = tagged(many.tags.tag(photos / "trip", vocabulary=COLOURS, encoder=encoder))
    assert within == {"orange.png": every["orange.png"]}
    hits = tagged(many.tags.tag("format:jpeg", vocabulary=COLOURS, encoder=encoder))
    assert hits == {"green.jpg": every["green.jpg"]}
    assert tagged(many.tags.tag("tag:nothing", vocabulary=COLOURS, encoder=encoder)) == {}
    assert found(many, "tag:green", encoder) <= {"green.jpg", "orange.png"}
    with pytest.raises(QueryError, match="Nothing of"):
        many.tags.tag(Path("/nowhere"), vocabulary=COLOURS, encoder=encoder)


def test_progress_is_told_in_photos(many, encoder):
    told = []
    many.tags.tag(vocabulary=COLOURS, encoder=encoder, on_progress=told.append)
    assert [(each.done, each.total) for each in told] == [(11, 44), (22, 44), (33, 44), (44, 44)]


def test_side_cars_are_written_and_found_as_keywords(many, encoder, photos):
    dry = many.tags.tag(photos / "trip", vocabulary=COLOURS, encoder=encoder, write_xmp=True, dry_run=True)
    assert [each.file.name for each in dry.sidecars.written] == ["orange.png.xmp"]
    assert not list(photos.rglob("*.xmp"))
    done = many.tags.tag(photos / "trip", vocabulary=COLOURS, encoder=encoder, write_xmp=True)
    assert done.sidecars == dry.sidecars
    before = encoder.encoded
    many.index([photos], encoder)
    assert encoder.encoded == before, "a new side-car is no reason to read a photo again"
    assert read_sidecars(photos / "trip" / "orange.png").keywords == tuple(tag.name for tag in done.photos[0].tags)
    assert many.tags.tag(vocabulary=COLOURS, encoder=encoder).sidecars.written == ()


def test_too_few_photos_are_not_judged(library, photos, encoder):
    library.index([photos], encoder)
    with pytest.raises(TagError, match="4 photos are too few"):
        library.tags.tag(vocabulary=COLOURS, encoder=encoder)


def test_an_encoder_without_words_is_told(many):
    many.index([many.photos()[0].parent], encoder=SightOnly())
    with pytest.raises(TagError, match="knows no words"):
        many.tags.tag(vocabulary=COLOURS, encoder=SightOnly())


class SightOnly:
    """The colours without the words."""

    def __init__(self) -> None:
        inner = ColourEncoder("sight")
        self.info, self.batch, self.thread_safe = inner.info, inner.batch, inner.thread_safe
        self.prepare, self.encode_prepared, self.encode_images = (
            inner.prepare,
            inner.encode_prepared,
            inner.encode_images,
        )


def scored(name: str, **scores: float) -> Scored:
    rows = np.array([int(row[1:]) for row in scores], np.int64)
    return Scored(name, rows, np.array(list(scores.values()), np.float32))


def test_the_surest_tags_are_kept_and_their_parents_come_on_top():
    vocabulary = parse_vocabulary("animal\npet < animal\ndog < pet\ncat < pet\ncar", "x")
    every = [
        scored("animal", r1=0.25),
        scored("dog", r1=0.5, r2=0.5),
        scored("cat", r1=0.125),
        scored("car", r1=0.375),
    ]
    kept = gather(vocabulary, every, 2)
    assert [(tag.name, tag.score) for tag in kept[1]] == [("animal", 0.5), ("pet", 0.5), ("dog", 0.5), ("car", 0.375)]
    assert [tag.path for tag in kept[2]] == [("animal",), ("animal", "pet"), ("animal", "pet", "dog")]
    assert len(gather(vocabulary, every, None)[1]) == 5
    assert gather(vocabulary, [], 3) == {}
