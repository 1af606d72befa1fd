"""Captions from the names of files and folders."""

from pathlib import Path

import pytest

from lens.tuning.naming import captions_from_names


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a-cat-on-the-sofa", "a cat on the sofa"),
        ("2019-07-14 Lisbon, at the harbour (3)", "Lisbon at the harbour"),
        ("BirthdayCake2", "Birthday Cake"),  # a number at its end makes no code of two words
        ("anna_und_max_am_see", "anna und max am see"),
        ("grün", "grün"),
        ("Прогулка 12", "Прогулка"),
        ("公園の犬", "公園の犬"),
        ("photo of a dog", "photo of a dog"),
        ("IMG_1234", None),
        ("IMG-20190101-WA0001", None),
        ("DSC00012", None),
        ("_DSC0012 copy", None),
        ("P1010101", None),
        ("PXL_20230102_121314567.MP", None),
        ("20190714_121314", None),
        ("July 2019", None),
        ("fadec12345 abcdef0123", None),
        ("1000268201_693b08cb0e", None),
        ("d41d8cd98f00b204e9800998ecf8427e", None),
        ("f47ac10b-58cc-4372-a567-0e02b2c3d479", None),
        ("1a69db60-c052-4b9a-adab-e53120d091d5", None),  # of which a group has letters alone
        ("Screenshot from 2023-01-02", None),
        ("xkcd", None),
        ("it", None),
        ("", None),
    ],
)
def test_what_a_name_says(name, said):
    assert captions_from_names(Path("DCIM") / f"{name}.jpg") == ((said,) if said else ())
    assert captions_from_names(Path(name or "-") / "IMG_0001.jpg") == ((said,) if said else ())


def test_file_and_folder_both_speak_and_once_if_they_say_the_same():
    assert captions_from_names(Path("/a/Lisbon 2019/tram in a street.jpg")) == ("tram in a street", "Lisbon")
    assert captions_from_names(Path("/a/sunset/Sunset 3.jpg")) == ("Sunset", "sunset")
    assert captions_from_names(Path("/a/sunset/sunset_3.jpg")) == ("sunset",)
