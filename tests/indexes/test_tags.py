"""The tables of tags and of what was taught."""

import numpy as np
import pytest

from lens_indexes import LEARNED, NOTHING, Index, ProbeRow, TagRow

RUN, OTHER = "a" * 32, "b" * 32


@pytest.fixture
def index(tmp_path):
    return Index.create(str(tmp_path / "index"))


def row(number: int, tag: str, score: float = 0.5) -> TagRow:
    return TagRow(f"{number:032x}", tag, score, f"hash{number}")


def ids(*numbers: int) -> frozenset[str]:
    return frozenset(f"{number:032x}" for number in numbers)


def test_tagging_again_replaces_what_the_same_run_said_of_the_same_photos(index):
    assert index.tags.photos("dog") == frozenset()
    index.tags.put(RUN, "mine", "clip", [row(1, "dog"), row(1, "cat"), row(2, "dog"), row(3, NOTHING, 0)])
    index.tags.put(OTHER, "mine", "other", [row(1, "dog")])
    index.tags.put(RUN, "mine", "clip", [row(1, "Dog"), row(2, NOTHING, 0)])
    assert index.tags.photos("DOG") == ids(1)
    assert index.tags.photos("cat") == frozenset()
    of_run = {id_: {(each.tag, each.content_hash) for each in rows} for id_, rows in index.tags.of_run(RUN).items()}
    assert of_run == {
        f"{1:032x}": {("Dog", "hash1")},
        f"{2:032x}": {(NOTHING, "hash2")},
        f"{3:032x}": {(NOTHING, "hash3")},
    }
    index.tags.put(RUN, "mine", "clip", [row(1, NOTHING, 0), row(2, "dog", 0.25)])
    assert index.tags.photos("dog") == ids(1, 2), "the other model still says it of 1"
    counted = [(each.vocabulary, each.model, each.photos, each.tags) for each in index.tags.sets()]
    assert counted == [("mine", "clip", 3, {"dog": 1}), ("mine", "other", 1, {"dog": 1})]
    assert index.tags.of_photos(ids(1, 3)) == {f"{1:032x}": ["dog"]}


def test_a_run_that_asked_otherwise_gives_way(index):
    index.tags.put(RUN, "mine", "clip", [row(1, "dog"), row(2, "dog")])
    index.tags.put(OTHER, "mine", "clip", [row(1, "cat")])
    assert index.tags.photos("dog") == ids(2)
    assert index.tags.photos("cat") == ids(1)
    assert (set(index.tags.of_run(RUN)), set(index.tags.of_run(OTHER))) == (ids(2), ids(1))


def test_nothing_is_no_tag(index):
    index.tags.put(RUN, "mine", "clip", [row(1, NOTHING, 0), row(1, NOTHING, 0)])
    assert index.tags.sets()[0].tags == {}
    assert index.tags.of_photos(ids(1)) == {}


def test_what_was_learned_takes_over_from_the_words(index):
    index.tags.put(RUN, "mine", "clip", [row(1, "dog"), row(2, "dog"), row(2, "cat")])
    index.tags.put(OTHER, LEARNED, "clip", [row(3, "dog")])
    assert index.tags.photos("dog") == ids(3)
    assert index.tags.photos("cat") == ids(2)
    index.tags.drop_tag(LEARNED, "dog")
    assert index.tags.photos("dog") == ids(1, 2)
    index.tags.drop("mine")
    assert index.tags.photos("cat") == frozenset()


def test_only_ids_become_sql(index):
    index.tags.put(RUN, "mine", "clip", [row(1, "dog")])
    with pytest.raises(ValueError, match="not a row id"):
        index.tags.put("' OR true --", "mine", "clip", [row(1, "dog")])
    index.tags.put(RUN, "it's", "cl'ip", [row(1, "o'dog"), row(1, "x' OR '1'='1")])
    assert index.tags.photos("o'dog") == ids(1)


def test_forgetting_a_photo_forgets_its_tags_and_examples(index):
    index.tags.put(RUN, "mine", "clip", [row(1, "dog"), row(2, "dog")])
    index.taught.put("my dog", {f"{1:032x}": True, f"{2:032x}": False})
    index.forget(ids(1))
    assert index.tags.photos("dog") == ids(2)
    assert index.taught.of("my dog") == {f"{2:032x}": False}
    assert index.optimize() is not None


def test_many_small_commits_are_joined(index):
    for number in range(70):
        index.tags.put(RUN, "mine", "clip", [row(number, "dog")])
    index.tags.join_fragments()
    assert index.tags.table().stats()["fragment_stats"]["num_fragments"] == 1
    assert len(index.tags.photos("dog")) == 70


def test_the_last_word_of_an_example_counts(index):
    index.taught.put("my dog", {f"{1:032x}": True, f"{2:032x}": False})
    index.taught.put("my cat", {f"{1:032x}": False})
    index.taught.put("my dog", {f"{1:032x}": False, f"{3:032x}": True})
    assert index.taught.of("my dog") == {f"{2:032x}": False, f"{1:032x}": False, f"{3:032x}": True}
    assert index.taught.names() == {"my cat": 1, "my dog": 3}


def test_a_probe_is_kept_for_each_encoder(index):
    weights = np.linspace(-1, 1, 12, dtype=np.float32)
    index.probes.put(ProbeRow("my dog", "clip r1", weights, -0.25, '{"yes": 3}'))
    index.probes.put(ProbeRow("my dog", "dino r1", weights[:10], 1.0, "{}"))
    index.probes.put(ProbeRow("my dog", "clip r1", weights * 2, -0.5, '{"yes": 4}'))
    [held] = index.probes.all("clip r1").values()
    assert (held.tag, held.encoder, held.bias, held.facts) == ("my dog", "clip r1", -0.5, '{"yes": 4}')
    np.testing.assert_array_equal(held.weights, weights * 2)
    assert index.probes.all("clip r2") == {}
    index.probes.drop("my dog")
    assert index.probes.all("dino r1") == {}


def test_an_example_is_taken_back_from_one_tag_alone(index):
    index.taught.take("my dog", [f"{1:032x}"])
    index.taught.put("my dog", {f"{1:032x}": True, f"{2:032x}": False})
    index.taught.put("my cat", {f"{1:032x}": False})
    index.taught.take("my dog", [f"{1:032x}"])
    assert index.taught.of("my dog") == {f"{2:032x}": False}
    assert index.taught.of("my cat") == {f"{1:032x}": False}
