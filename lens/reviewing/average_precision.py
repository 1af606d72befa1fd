"""COCO's average precision, by COCO's own program."""

import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import numpy as np

from lens_indexes import RegionRow

__all__ = ["average_precision"]


def average_precision(
    found: Sequence[RegionRow], true: Sequence[RegionRow], *, masks: bool = False
) -> dict[str, tuple[float, float]]:
    """The average precision of each category that is true somewhere, over overlaps 0.50 to 0.95 and at 0.50.

    COCOeval of pycocotools with its own settings, the 100 surest of each photo and category; 0 to 1, larger is better.

    Args:
        found: what is judged; without a score, each counts as equally sure.
        true: what it is judged by; crowds as COCO has them.
        masks: compare masks; all regions have one.
    """
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    names = sorted({each.category for each in true})
    if not names:
        return {}
    photos = sorted({each.photo for each in [*found, *true]})
    numbers = {name: at for at, name in enumerate(names, 1)}
    images = {id_: at for at, id_ in enumerate(photos, 1)}
    sizes = {each.photo: {"width": each.width, "height": each.height} for each in [*found, *true]}
    judged = [each for each in found if each.category in numbers]
    sets = []
    for regions in (true, judged):
        held: Any = COCO()
        held.dataset = {
            "images": [{"id": at} | sizes[id_] for id_, at in images.items()],
            "categories": [{"id": at, "name": name} for name, at in numbers.items()],
            "annotations": [
                _annotation(at, each, images[each.photo], numbers[each.category]) for at, each in enumerate(regions, 1)
            ],
        }
        with redirect_stdout(StringIO()):
            held.createIndex()
        sets.append(held)
    with warnings.catch_warnings(), redirect_stdout(StringIO()):  # it prints, and sets shapes as numpy 2.5 deprecates
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        judge: Any = COCOeval(*sets, "segm" if masks else "bbox")
        judge.params.areaRng, judge.params.areaRngLbl = judge.params.areaRng[:1], judge.params.areaRngLbl[:1]  # all
        judge.params.maxDets = judge.params.maxDets[-1:]
        judge.evaluate()
        judge.accumulate()
    overlaps, categories = 0, 2  # axes of the precisions; −1 where there are only crowds
    precision = np.moveaxis(judge.eval["precision"][..., 0, -1], (categories, overlaps), (0, 1))
    return {
        name: (float(of.mean()), float(of[0].mean()))
        for name, of in zip(names, precision, strict=True)
        if of.min() >= 0
    }


def _annotation(number: int, region: RegionRow, image: int, category: int) -> dict[str, Any]:
    x0, y0, x1, y1 = map(float, region.box)
    mask = {"counts": region.mask, "size": [region.height, region.width]}
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": (x1 - x0) * (y1 - y0),
        "iscrowd": int(region.crowd),
        "ignore": int(region.crowd),
        "score": 1.0 if region.score is None else region.score,
    } | ({} if region.mask is None else {"segmentation": mask})
