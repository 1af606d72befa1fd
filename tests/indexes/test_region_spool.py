"""Regions that were set aside are put in at once, beside those that have vectors."""

from dataclasses import replace

from lens_indexes import Index, spooled
from tests.indexes.test_regions import region
from tests.rows import CLIP, row, unit


def test_regions_set_aside_are_added_in_one_commit(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    index.regions.add([region(1, 1)], {CLIP: unit(1, CLIP.dim)})
    before = index.regions.table().version
    last = region(2, 2, category="cat", crowd=True)
    with spooled() as spool:
        spool.add([replace(region(3, 1, mask=b"0a1"), id=f"{number:032x}") for number in range(3, 1500)])
        spool.add([])
        spool.add([last])
        assert len(spool) == 1498
        assert index.regions.table().version == before
        index.regions.add_spooled(spool)
    assert index.regions.table().version == before + 1
    assert len(index.regions.of_photos([row(1).id])) == 1498
    assert index.regions.of_photos([row(2).id]) == [last]
    assert index.regions.vectors(CLIP)[0] == [region(1, 1).id]


def test_none_set_aside_are_none_added(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    with spooled() as spool:
        index.regions.add_spooled(spool)
    assert index.regions.sources() == []
