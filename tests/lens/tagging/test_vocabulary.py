"""Files of vocabularies: what a line means, what is wrong with one, and that those which ship are sound."""

import json

import pytest

from lens.errors import VocabularyError
from lens.tagging.vocabulary import PROMPTS, Entry, load_vocabulary, parse_vocabulary, shipped


def test_a_line_has_a_name_synonyms_whole_texts_and_a_parent():
    read = parse_vocabulary(
        "# things\nprompts: a {} | one {} here\n\nanimal\ndog = puppy | hound < animal\n"
        'screen = "a screenshot" | display\n',
        "mine",
    )
    assert (read.name, read.exclusive) == ("mine", False)
    assert read.entries == (
        Entry("animal", ("a animal", "one animal here"), ("animal",)),
        Entry(
            "dog",
            ("a dog", "one dog here", "a puppy", "one puppy here", "a hound", "one hound here"),
            ("dog", "puppy", "hound"),
            "animal",
        ),
        Entry("screen", ("a display", "one display here", "a screenshot"), ("screen", "display")),
    )
    assert read.path("dog") == ("animal", "dog")
    assert read.path("my dog") == ("my dog",)


def test_the_prompts_of_lens_are_used_where_none_are_given():
    [entry] = parse_vocabulary("exclusive: yes\ncat", "x").entries
    assert entry.texts == tuple(prompt.replace("{}", "cat") for prompt in PROMPTS)
    assert len(PROMPTS) > 1


def test_a_colon_in_a_name_is_a_name_once_categories_have_begun():
    read = parse_vocabulary("cat\nexclusive: yes", "x")
    assert [entry.name for entry in read.entries] == ["cat", "exclusive: yes"]
    assert not read.exclusive


@pytest.mark.parametrize(
    ("text", "line", "about"),
    [
        ("dog\ncat =\n", 2, "synonym is missing"),
        ("dog = a || b", 1, "synonym is missing"),
        ("\n\n= x", 3, "a name"),
        ("dog <", 1, "a name"),
        ("dog < animal", 1, "has no line of its own"),
        ("animal\ndog < animal\nAnimal", 3, "line 1 already"),
        ("a < b\nb < c\nc < a", 1, "a kind of itself"),
        ("a < a", 1, "a kind of itself"),
        ("exclusive: maybe\ndog", 1, "yes or exclusive: no"),
        ("# x\nprompts: a photo\ndog", 2, "one {}"),
        ("dog/cat", 1, "may have no /"),
        ('dog"', 1, 'may have no "'),
        ('dog = "a dog', 1, "quotation mark"),
        ('dog = a "dog"', 1, "quotation mark"),
        ('dog = ""', 1, "nothing stands"),
        ("dog < animal = x", 1, "may have no ="),
        ("x" * 101, 1, "up to 100 letters"),
        ("", 1, "no category"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, line, about, tmp_path):
    file = tmp_path / "bad.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(VocabularyError, match=about) as failed:
        load_vocabulary(file)
    assert str(failed.value).startswith(f"{file}, line {line}: ")
    assert "\n" not in str(failed.value)


def test_files_that_are_none(tmp_path):
    (tmp_path / "latin.txt").write_bytes(b"dog\ncaf\xe9\n")
    with pytest.raises(VocabularyError, match="line 2: is not UTF-8"):
        load_vocabulary(tmp_path / "latin.txt")
    with pytest.raises(VocabularyError, match="did you mean everyday"):
        load_vocabulary("everday")
    (tmp_path / "marked.txt").write_bytes(b"\xef\xbb\xbfdog\r\ncat\r\n")
    assert [entry.name for entry in load_vocabulary(tmp_path / "marked.txt").entries] == ["dog", "cat"]


def test_the_fingerprint_follows_what_decides():
    one = parse_vocabulary("dog\ncat", "x")
    assert one.fingerprint == parse_vocabulary("# other words\ndog\n\ncat", "y").fingerprint
    others = ("cat\ndog", "dog = puppy\ncat", "exclusive: yes\ndog\ncat", "prompts: {}\ndog\ncat", "dog\ncat < dog")
    assert len({one.fingerprint, *(parse_vocabulary(text, "x").fingerprint for text in others)}) == 6


def test_those_that_ship_are_sound():
    assert {"everyday", "scenes", "coco", "imagenet", "kinds"} <= set(shipped())
    read = {name: load_vocabulary(name) for name in shipped()}
    assert len(read["coco"].entries) == 80
    assert read["kinds"].exclusive
    assert read["everyday"].path("poodle") == ("poodle",)
    assert read["everyday"].path("boy") == ("person", "child", "boy")
    assert len(read["imagenet"].path("golden retriever")) > 1


def test_the_categories_of_coco_are_coco_s(shared_data):
    named = json.loads((shared_data / "coco" / "instances.json").read_bytes())["categories"]
    assert [entry.name for entry in load_vocabulary("coco").entries] == [each["name"] for each in named]
