"""What the desk does when nobody waits for it."""

from pathlib import Path

from lens import Library
from lens.indexing.lane import column_of
from lens_gui.label.review import FEW, Review
from tests.fakes import paint


def test_what_was_drawn_has_its_vector_once_nobody_waits_for_an_edit(library: Library, tmp_path: Path) -> None:
    for number in range(FEW + 2):
        paint(tmp_path / "many" / f"{number}.png", f"rgb({number * 30}, 0, 0)")
    library.index([tmp_path / "many"], "builtin")
    column = column_of(library._encoders.get("builtin").info)
    review = Review(library)
    view = review.queue("")
    drawn = []
    for _ in range(FEW + 2):
        made = review.draw(view.photo, (2, 3, 10, 12), (32, 24), "dog").region
        assert made is not None
        drawn.append(made.id)
        view = review.step(1)
    regions = library._index().regions
    assert not regions.vectors(column)[0]
    assert review.tidy()  # some at a time, so that a key is not kept waiting
    assert len(regions.vectors(column)[0]) == FEW
    assert not review.tidy()
    assert sorted(regions.vectors(column)[0]) == sorted(drawn)
    review.undo()
    review.redo()
    review.tidy()
    assert drawn[-1] in regions.vectors(column)[0]
