"""What is drawn by hand is kept, moved, undone and done again; what a moved box makes outdated is emptied."""

from dataclasses import replace

import numpy as np
import pytest

from lens import Library
from lens.errors import NameUnknown, SizesDiffer
from lens.indexing.lane import column_of
from lens.labeling.cropping import cropped
from lens.labeling.masks import box_of, decoded, encoded
from lens.photos import read_photo
from lens_indexes import RegionState
from tests.indexes.test_regions import CLIP, region
from tests.rows import unit


@pytest.fixture
def drawn_in(library: Library, photos, encoder) -> tuple[Library, str]:
    """A library, and the id of one of its photos, which are 32 × 24."""
    library.index([photos], encoder)
    return library, min(id_ for id_, _, _ in library._index().photos.places())


def boxes(library: Library, photo: str) -> list[tuple[float, ...]]:
    return [each.box for each in library.about(photo).regions]


def test_a_drawn_box_is_kept_and_undone_and_done_again(drawn_in):
    library, photo = drawn_in
    made = library.reviewing.draw(photo, (2, 3, 10, 12), (32, 24), " a  dog ")
    (kept,) = library.about(photo).regions
    assert kept == made
    assert (kept.category, kept.source, kept.state, kept.score) == ("a dog", "me", "accepted", None)
    assert (kept.width, kept.height, kept.content_hash) == (32, 24, library.about(photo).photo.content_hash)
    again = Library.open(library.uri)
    assert [edit.what for edit in again.reviewing.undo()] == ["drawn: a dog"]
    assert boxes(again, photo) == []
    again.reviewing.redo()
    assert again.about(photo).regions == [made]
    assert again.reviewing.changes_of(again.reviewing.history()[0])[0].photo == photo


def test_what_cannot_be_drawn_changes_nothing(drawn_in):
    library, photo = drawn_in
    with pytest.raises(NameUnknown, match="name"):
        library.reviewing.draw(photo, (2, 3, 10, 12), (32, 24), " ")
    with pytest.raises(NameUnknown, match="No photo"):
        library.reviewing.draw("f" * 32, (2, 3, 10, 12), (32, 24), "dog")
    with pytest.raises(NameUnknown, match="No region"):
        library.reviewing.reshape("f" * 32, (2, 3, 10, 12))
    for box in ((2, 3, 2, 12), (2, 3, 33, 12), (-1, 3, 9, 12)):
        with pytest.raises(ValueError, match="no box"):
            library.reviewing.draw(photo, box, (32, 24), "dog")
    assert library.reviewing.history() == []


def test_a_mask_moves_with_its_box_as_far_as_there_is_photo(drawn_in):
    library, photo = drawn_in
    mask = np.zeros((24, 32), bool)
    mask[3:9, 2:8] = True
    mask[5, 4] = False
    row = replace(region(7, 0, width=32, height=24, box=(2, 3, 8, 9), mask=encoded(mask)), photo=photo)
    index = library._index()
    index.regions.add([row], {CLIP: unit(1, CLIP.dim)})
    for across, down in ((5, 6), (-4, -3), (24, 15)):
        before = index.regions.get([row.id])[0]
        x0, y0 = row.box[0] + across, row.box[1] + down
        if across < 0:
            x0, y0 = 0, 0
        library.reviewing.reshape(row.id, (x0, y0, x0 + 6, y0 + 6))
        (moved,) = index.regions.get([row.id])
        wanted = np.zeros_like(mask)
        wanted[int(y0) : int(y0) + 6, int(x0) : int(x0) + 6] = mask[3:9, 2:8]
        np.testing.assert_array_equal(decoded(moved.mask, 32, 24), wanted)
        assert index.regions.lacking(CLIP) == [(row.id, photo)]
        library.reviewing.undo()
        assert index.regions.get([row.id]) == [before]
        library.reviewing.redo()
        assert index.regions.get([row.id]) == [moved]


def test_a_box_moves_by_whole_pixels_as_its_mask_does_and_never_out_of_the_photo(drawn_in):
    library, photo = drawn_in
    mask = np.zeros((24, 32), bool)
    mask[3:9, 2:8] = True
    row = replace(region(7, 0, width=32, height=24, box=(2, 2.5, 8.25, 9), mask=encoded(mask)), photo=photo)
    index = library._index()
    index.regions.add([row], {CLIP: unit(1, CLIP.dim)})
    for across, down, where in (
        (0.375, 0.0, (2, 2.5, 8.25, 9)),
        (0.375, 0.0, (2, 2.5, 8.25, 9)),
        (0.625, -0.375, (3, 2.5, 9.25, 9)),
        (22.75, 15.0, (25, 17.5, 31.25, 24)),  # up to the edge, but not beyond it by rounding
    ):
        x0, y0, x1, y1 = index.regions.get([row.id])[0].box
        library.reviewing.reshape(row.id, (x0 + across, y0 + down, x1 + across, y1 + down))
        (moved,) = index.regions.get([row.id])
        assert moved.box == where
        left, top, _, _ = box_of(decoded(moved.mask, 32, 24))
        assert (left - moved.box[0], top - moved.box[1]) == (0, 0.5), "the mask is elsewhere in its box"
    with pytest.raises(ValueError, match="no box"):
        library.reviewing.reshape(row.id, (28, 17.5, 34.25, 24))


def test_a_stretched_box_loses_its_mask_and_its_vector_and_both_ways_back_are_exact(drawn_in):
    library, photo = drawn_in
    index = library._index()
    mask = np.zeros((24, 32), bool)
    mask[3:9, 2:8] = True
    drawn = region(7, 0, width=32, height=24, box=(2, 3, 8, 9), mask=encoded(mask), source="owl")
    row = replace(drawn, photo=photo)
    index.regions.add([row], {CLIP: unit(1, CLIP.dim)})
    library.reviewing.reshape(row.id, (4, 5, 20, 21))
    (moved,) = index.regions.get([row.id])
    assert (moved.box, moved.mask, moved.state, moved.source) == ((4, 5, 20, 21), None, "edited", "owl")
    assert moved.changed_at is not None
    assert index.regions.lacking(CLIP) == [(row.id, photo)]  # encoded again by the next indexing
    library.reviewing.undo()
    assert index.regions.get([row.id]) == [row]
    library.reviewing.redo()
    assert index.regions.get([row.id]) == [moved]
    with pytest.raises(ValueError, match="no box"):
        library.reviewing.reshape(row.id, (4, 5, 40, 21))
    assert index.regions.get([row.id]) == [moved]


def test_what_was_drawn_is_encoded_at_once_in_the_photos_that_are_named(library: Library, photos):
    library.index([photos], "builtin")
    index, builtin = library._index(), library._encoders.get("builtin")
    column = column_of(builtin.info)
    first, second = sorted(id_ for id_, _, _ in index.photos.places())[:2]
    made, _ = (library.reviewing.draw(id_, (2, 3, 10, 12), (32, 24), "dog") for id_ in (first, second))
    assert library.labels.encode([first]) == 1
    ids, vectors = index.regions.vectors(column)
    assert ids == [made.id]
    crop = cropped(read_photo(index.paths([first])[first]).image, made.box)
    np.testing.assert_allclose(vectors, builtin.encode_images([crop]), atol=1e-5)
    library.reviewing.reshape(made.id, (4, 3, 10, 12))
    assert index.regions.vectors(column)[0] == []
    assert library.labels.encode([first]) == 1
    assert library.labels.encode([first]) == 0


def test_encoders_that_would_have_to_be_loaded_wait_for_the_next_indexing(drawn_in):
    library, photo = drawn_in
    library.reviewing.draw(photo, (2, 3, 10, 12), (32, 24), "dog")
    assert library.labels.encode([photo]) == 0


def test_the_next_indexing_gives_what_was_drawn_a_vector(drawn_in, photos, encoder):
    library, photo = drawn_in
    made = library.reviewing.draw(photo, (2, 3, 10, 12), (32, 24), "dog")
    library.index([photos], encoder)
    (column,) = library._index().regions.encoders()
    assert library._index().regions.vectors(column)[0] == [made.id]
    library.reviewing.reshape(made.id, (0, 0, 32, 24))
    assert library._index().regions.vectors(column)[0] == []
    library.index([photos], encoder)
    assert library._index().regions.vectors(column)[0] == [made.id]


def test_edits_by_id_are_also_of_what_is_decided_and_small_files_are_joined_when_nobody_waits(drawn_in):
    library, photo = drawn_in
    made = library.reviewing.draw(photo, (2, 3, 10, 12), (32, 24), "dog")
    for state in (RegionState.REJECTED, RegionState.ACCEPTED) * 10:
        assert library.reviewing.decide([made.id], state) == 1
    assert library.reviewing.relabel([made.id], "cat") == 1
    tables = library._index().history.tables()
    assert max(table.stats()["fragment_stats"]["num_fragments"] for table in tables) > 16
    library.reviewing.tidy()
    tables = library._index().history.tables()
    assert max(table.stats()["fragment_stats"]["num_fragments"] for table in tables) < 16
    assert len(library.reviewing.undo(100)) == 22
    assert boxes(library, photo) == []


def test_regions_are_copied_to_a_photo_of_the_same_size_alone(drawn_in):
    library, photo = drawn_in
    others = [id_ for id_, _, _ in library._index().photos.places() if id_ != photo]
    mask = np.zeros((24, 32), bool)
    mask[3:9, 2:8] = True
    one = library.reviewing.draw(photo, encoded(mask), (32, 24), "dog")
    library.reviewing.decide([library.reviewing.draw(photo, (1, 1, 4, 4), (32, 24), "cat").id], RegionState.REJECTED)
    (made,) = library.reviewing.copy(photo, others[0])
    assert library.about(others[0]).regions == [made]
    assert (made.mask, made.box, made.category, made.source) == (one.mask, one.box, "dog", "me")
    assert (made.id != one.id, made.content_hash) == (True, library.about(others[0]).photo.content_hash)
    library.reviewing.undo()
    assert library.about(others[0]).regions == []
    odd = replace(region(8, 0, width=64, height=24, box=(2, 3, 8, 9), state=RegionState.EDITED), photo=photo)
    library._index().regions.add([odd], {})
    with pytest.raises(SizesDiffer, match="another size"):
        library.reviewing.copy(photo, others[0])
    with pytest.raises(NameUnknown, match="No photo"):
        library.reviewing.copy(photo, "f" * 32)
    assert library.about(others[0]).regions == []
