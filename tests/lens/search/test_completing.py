"""What could stand in a query."""

from pathlib import Path

from lens import Library
from lens.search.parsing import parse
from tests.fakes import ColourEncoder, paint
from tests.labelled import labelled


def test_names_and_values_of_filters_are_there_and_can_be_asked(
    library: Library, tmp_path: Path, encoder: ColourEncoder
) -> None:
    labelled(library, tmp_path / "photos", ["trip to rome/a.png", "b.png", "c.png"])
    library.saved.add("reds", "red")
    found = library.completions()
    assert found == sorted(found, key=str.lower)
    assert {"date:", "camera:", 'folder:"trip to rome"', "format:png", "saved:reds", "source:me", "is:duplicate"} <= {
        *found
    }
    assert any(each.startswith("has:") and each != "has:" for each in found)
    for each in found:
        if not each.endswith(":"):
            assert str(parse(each)) == each
            library.search(each, encoder=encoder)


def test_an_index_of_one_photo_has_names_alone(library: Library, tmp_path: Path, encoder: ColourEncoder) -> None:
    paint(tmp_path / "one" / "a.png", "red")
    library.index([tmp_path / "one"], encoder)
    assert not [each for each in library.completions() if each.startswith(("camera:", "tag:")) and each[-1] != ":"]
