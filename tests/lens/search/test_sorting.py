"""Photos sorted by what is known of them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lens import Library
from lens.models import loaded
from lens.search.match import Band
from lens.search.sorting import Order, SortedMatch, first_to_last, values_of
from lens_indexes import Index, beside, local_folder, open_mirror
from tests.fakes import ColourEncoder, paint

DAY = 86_400


@pytest.fixture(params=["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_local_time_is_pythons_own(zone: str) -> None:
    seconds = np.random.default_rng(0).uniform(0, 1.8e9, 2000)
    changes = [datetime(2023, 3, 26, 1, tzinfo=UTC), datetime(2023, 10, 1, tzinfo=UTC)]
    near = [at.timestamp() + step for at in changes for step in range(-2 * DAY, 2 * DAY, 600)]
    written = np.round(np.concatenate([seconds, near]) * 1e6) * 1e3
    columns = {"taken_at": np.full(len(written), np.datetime64("NaT", "us")), "mtime_ns": written}
    naive = [
        datetime.fromtimestamp(int(each // 1000) / 1e6, UTC).astimezone().replace(tzinfo=None)
        for each in written.tolist()
    ]
    found = values_of(columns, Order.DATE).tolist()
    assert max(abs((one - other).total_seconds()) for one, other in zip(found, naive, strict=True)) < 1e-5


def test_the_largest_is_first_and_what_is_not_known_last() -> None:
    numbers = np.array([2, np.nan, 5, 2, np.nan, 9])
    assert first_to_last(numbers).tolist() == [5, 2, 0, 3, 1, 4]
    moments = np.array(["2020", "NaT", "2023", "2020", "1950"], "datetime64[us]")
    assert first_to_last(moments).tolist() == [2, 0, 3, 4, 1]


@pytest.fixture
def different(library: Library, encoder: ColourEncoder, tmp_path: Path) -> Library:
    """Photos of different size and sharpness, one of them with a date."""
    folder = tmp_path / "different"
    folder.mkdir()
    paint(folder / "small red.png", "red", (40, 30))
    paint(folder / "large red.png", "red", (400, 300))
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    Image.fromarray(noise).save(folder / "noise.png")
    exif = Image.Exif()
    exif[0x0132] = "1999:05:04 03:02:01"
    Image.new("RGB", (60, 30), "blue").save(folder / "old.jpg", exif=exif)
    library.index([folder], encoder)
    return library


@pytest.mark.parametrize("mirrored", [True, False])
def test_a_list_is_sorted_by_what_was_asked_for(different: Library, encoder: ColourEncoder, mirrored: bool) -> None:
    folder = local_folder(different.uri)
    assert folder is not None
    different.search("red", encoder=encoder)  # writes the mirror
    if not mirrored:
        (folder / "mirror" / "mirror.json").unlink()
    assert (open_mirror(beside(different.uri, lambda: Index.open(different.uri))) is not None) == mirrored

    def names(order: Order) -> list[str]:
        return [match.path.stem for match in different.browse("", order=order)]

    assert names(Order.PIXELS) == ["large red", "noise", "old", "small red"]
    assert names(Order.SIZE)[0] == "noise"
    assert names(Order.SHARPNESS)[0] == "noise"
    assert names(Order.DATE)[-1] == "old"
    [*_, oldest] = different.browse("", order=Order.DATE)
    assert isinstance(oldest, SortedMatch) and oldest.value == datetime(1999, 5, 4, 3, 2, 1)
    unrated = different.browse("", order=Order.RATING)[0]
    assert isinstance(unrated, SortedMatch) and unrated.value is None


def test_what_is_ranked_keeps_its_scores_when_it_is_sorted(
    different: Library, encoder: ColourEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded, "load", lambda name, **how: encoder)
    photo = next(match.path for match in different.browse() if match.path.stem == "small red")
    ranked = {match.id: match for match in different.browse(str(photo))}
    found = different.browse(str(photo), order=Order.PIXELS)
    assert [match.rank for match in found] == list(range(1, len(found) + 1))
    assert [match.path.stem for match in found] == ["large red", "noise", "old", "small red"]
    for match in found:
        assert (match.score, match.probability) == (ranked[match.id].score, ranked[match.id].probability)
        assert match.band.reaches(Band.LIKELY)
