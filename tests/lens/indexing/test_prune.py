"""Pruning more than a tenth of a root is refused unless it was meant."""

from pathlib import Path

import pytest

from lens import Library
from lens.errors import PruneRefused
from lens.indexing.report import Loss
from tests.fakes import ColourEncoder, paint


@pytest.fixture
def many(tmp_path: Path, library: Library, encoder: ColourEncoder) -> Path:
    """An indexed folder of forty photos."""
    folder = (tmp_path / "many").resolve()
    for number in range(40):
        paint(folder / f"{number:02}.png", f"rgb({number},0,0)")
    library.index([folder], encoder)
    return folder


def unlink(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number:02}.png").unlink()


def test_a_tenth_is_removed_unasked(library, many, encoder):
    unlink(many, 4)
    report = library.index([many], encoder, prune=True)
    assert (report.pruned, report.missing, report.losses) == (4, 0, [])
    assert (library.status().photos, library.status().missing) == (36, 0)


def test_more_is_refused_and_everything_else_done(library, many, encoder):
    unlink(many, 5)
    paint(many / "new.png", "pink")
    with pytest.raises(PruneRefused, match=rf"^5 of the 40 photos of {many} are gone.*--yes") as caught:
        library.index([many], encoder, prune=True)
    assert "\n" not in str(caught.value)
    report = caught.value.report
    assert (report.added, report.missing, report.pruned) == (1, 5, 0)
    assert report.losses == [Loss(many, 5, 40)]
    assert (library.status().photos, library.status().missing) == (36, 5)
    report = library.index([many], encoder, prune=True, prune_many=True)
    assert (report.pruned, report.losses) == (5, [])
    assert library.status().missing == 0


def test_where_a_drive_below_the_root_may_not_be_mounted_nothing_is_removed(library, many, encoder, tmp_path):
    drive = many / "trips" / "drive"
    paint(drive / "2020" / "a.png", "pink")
    paint(drive / "b.png", "teal")
    paint(many / "local" / "c.png", "navy")
    library.index([many], encoder)
    drive.rename(tmp_path / "drive")
    drive.mkdir()
    with pytest.raises(PruneRefused, match=f"2 of the 2 photos of {drive} are gone"):
        library.index([many], encoder, prune=True)
    assert (library.status().photos, library.status().missing) == (41, 2)

    drive.rmdir()
    (tmp_path / "drive").rename(drive)
    report = library.index([many], encoder, prune=True)
    assert (report.moved, report.pruned, library.status().missing) == (2, 0, 0)
    (drive / "b.png").unlink()
    (many / "local" / "c.png").unlink()
    (many / "local").rmdir()
    assert library.index([many], encoder, prune=True).pruned == 2


def test_a_dry_run_says_so_and_changes_nothing(library, many, encoder):
    unlink(many, 5)
    report = library.index([many], encoder, prune=True, dry_run=True)
    assert (report.pruned, report.missing, report.losses) == (0, 5, [Loss(many, 5, 40)])
    report = library.index([many], encoder, prune=True, prune_many=True, dry_run=True)
    assert (report.pruned, report.losses) == (5, [])
    assert library.status().missing == 0


def test_a_tenth_is_counted_in_each_root(library, many, encoder, tmp_path):
    small = paint(tmp_path / "small" / "red.png", "red").parent.resolve()
    paint(small / "blue.png", "blue")
    library.index([small], encoder)
    unlink(many, 2)
    (small / "red.png").unlink()
    with pytest.raises(PruneRefused) as caught:
        library.index([many, small], encoder, prune=True)
    assert caught.value.report.losses == [Loss(small, 1, 2)]
    assert library.status().missing == 3  # of the other root nothing is removed either
    assert library.index([many], encoder, prune=True).pruned == 2


def test_what_only_moved_is_no_loss(library, many, encoder):
    (many / "away").mkdir()
    for number in range(30):
        (many / f"{number:02}.png").rename(many / "away" / f"{number:02}.png")
    report = library.index([many], encoder, prune=True)
    assert (report.moved, report.pruned, report.losses) == (30, 0, [])
