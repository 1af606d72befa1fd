"""Regions that were set aside are put in at once, beside those that have vectors."""

from datetime import UTC, datetime

from lens_indexes import Index, spooled
from tests.indexes.test_regions import region
from tests.rows import CLIP, row, unit

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_regions_set_aside_are_added_in_one_commit(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    index.regions.add([region(1, 1)], {CLIP: unit(1, CLIP.dim)})
    before = index.regions.table().version
    with spooled() as spool:
        spool.add([region(number, 1, mask=b"0a1", made_at=NOW) for number in range(2, 1500)])
        spool.add([])
        spool.add([region(1500, 2, category="cat", crowd=True, made_at=NOW)])
        assert len(spool) == 1499
        assert index.regions.table().version == before
        index.regions.add_spooled(spool)
    assert index.regions.table().version == before + 1
    assert len(index.regions.of_photos([row(1).id])) == 1499
    assert index.regions.of_photos([row(2).id]) == [region(1500, 2, category="cat", crowd=True, made_at=NOW)]
    assert index.regions.vectors(CLIP)[0] == [region(1, 1).id]


def test_none_set_aside_are_none_added(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    with spooled() as spool:
        index.regions.add_spooled(spool)
    assert index.regions.sources() == []
