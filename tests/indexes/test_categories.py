"""Categories keep the numbers that they once had."""

import pytest

from lens_indexes import Category, Index


@pytest.fixture
def categories(tmp_path):
    return Index.create(str(tmp_path / "index")).categories


def test_new_names_get_the_next_numbers(categories):
    assert categories.numbered(["dog", "cat"]) == {"cat": Category("cat", 1), "dog": Category("dog", 2)}
    assert categories.numbered(["bird", "dog"]) == {"dog": Category("dog", 2), "bird": Category("bird", 3)}


def test_numbers_and_parents_that_were_brought_along_are_kept(categories):
    categories.put([Category("zebra", 24, "animal")])
    assert categories.numbered(["zebra", "ant"]) == {
        "zebra": Category("zebra", 24, "animal"),
        "ant": Category("ant", 25),
    }
