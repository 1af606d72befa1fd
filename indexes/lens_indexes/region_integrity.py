"""What is wrong in the table of regions."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lens_indexes.failures import told_clearly
from lens_indexes.index import Index
from lens_indexes.integrity import Problem, bad_vectors
from lens_indexes.snapshot import pages, snapshot

__all__ = ["bad_boxes", "orphans", "region_problems"]


def region_problems(index: Index) -> list[Problem]:
    """What is wrong in the regions, one entry for each kind."""
    tables = snapshot(index.uri)
    regions = tables.get("regions")
    if regions is None:
        return []
    orphan = Problem("orphan region", "Regions are of photos that the index does not have: lens repair removes them.")
    box = Problem("bad box", "Boxes have no area or lie outside of their photo: lens repair removes the regions.")
    vector = Problem("bad region vector", "Vectors of regions are not finite or not of unit norm: lens repair.")
    with told_clearly(index.uri):
        for id_ in orphans(tables["photos"], regions):
            orphan.add(id_)
        for id_ in bad_boxes(regions):
            box.add(id_)
        for encoder in index.regions.encoders():
            for id_, _ in bad_vectors(regions, encoder, named="category"):
                vector.add(id_)
    return [problem for problem in (orphan, box, vector) if problem.count]


def orphans(photos: Any, regions: Any) -> Iterator[str]:
    """The ids of regions whose photo is in no row."""
    known = {id_ for page in pages(photos, ["id"]) for id_ in page["id"].to_pylist()}
    for page in pages(regions, ["id", "photo"]):
        for id_, photo in zip(page["id"].to_pylist(), page["photo"].to_pylist(), strict=True):
            if photo not in known:
                yield id_


def bad_boxes(regions: Any) -> Iterator[str]:
    """The ids of regions whose box cannot be."""
    for page in pages(regions, ["id", "box", "width", "height"]):
        boxes = np.array(page["box"].to_pylist(), np.float32).reshape(-1, 4)
        size = np.stack([page["width"].to_numpy(), page["height"].to_numpy()], axis=1)
        sound = (boxes[:, :2] >= 0).all(axis=1) & (boxes[:, :2] < boxes[:, 2:]).all(axis=1)
        sound &= (boxes[:, 2:] <= size).all(axis=1)  # a NaN is in no order with anything
        yield from np.array(page["id"].to_pylist(), object)[~sound].tolist()
