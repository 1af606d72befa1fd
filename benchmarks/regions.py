"""How well the built-in detector and segmenter do on the COCO photos with instances: nothing was chosen on them.

Boxes: all 80 categories are asked for on every photo, by their names (people also as men, women and children). AP50 is
pycocotools', the mean over the categories that are there. Masks: GrabCut is given the true boxes of all things but
crowds; beside it the box itself. Objects: CorLoc is the share of photos in which the one box found without words has
an IoU above a half with something that is marked. Intervals are of 95 % of bootstrap resamples of photos.
"""

import argparse
import contextlib
import dataclasses
import io
import json
import sys
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from pycocotools.mask import iou
from rich.console import Console
from rich.progress import track

from lens.align.evaluate import Estimate
from lens.labeling.suppression import OVERLAP, suppressed
from lens.models.detectors.loading import load_detector
from lens.models.objects.finder import load_objects
from lens.models.segmenters.loading import load_segmenter
from lens.photos import read_photo

SAID = {"person": ("person", "man", "woman", "child")}
"""What a category is asked for by, where it is not its name alone."""
BOXES = 100
"""Of a photo and category, at the most, as COCO has it."""
RESAMPLES = 100

Photo = tuple[int, Image.Image]


def photos(coco: COCO, folder: Path, doing: str) -> Iterable[Photo]:
    """Numbers and pixels of all photos in which something is marked."""
    marked = sorted({each["image_id"] for each in coco.anns.values()})
    for number in track(marked, doing, console=Console(stderr=True), disable=not sys.stderr.isatty()):
        yield number, read_photo(folder / coco.imgs[number]["file_name"]).image


def found_boxes(coco: COCO, folder: Path) -> list[dict[str, Any]]:
    """What the built-in detector finds, in COCO's form of results."""
    detector = load_detector("builtin")
    names = {number: category["name"] for number, category in coco.cats.items()}
    phrases = [(number, phrase) for number, name in names.items() for phrase in SAID.get(name, (name,))]
    results = []
    for photo, image in photos(coco, folder, "boxes"):
        found = detector.detect(image, [phrase for _, phrase in phrases], threshold=0)
        categories = np.array([phrases[each][0] for each in found.phrases])
        none = np.empty((0, 4), np.float32), np.empty(0, np.int64)
        for each in suppressed(found.boxes, found.scores, categories, *none, overlap=OVERLAP):
            x0, y0, x1, y1 = found.boxes[each].tolist()
            results.append(
                {
                    "image_id": photo,
                    "category_id": int(categories[each]),
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "score": float(found.scores[each]),
                }
            )
    return results


def judge_boxes(coco: COCO, results: list[dict[str, Any]]) -> dict[str, Estimate]:
    """AP50, AP and AR of boxes, in percent."""
    judged = COCOeval(coco, coco.loadRes(results), "bbox")
    judged.params.imgIds = sorted({each["image_id"] for each in coco.anns.values()})
    judged.params.areaRng, judged.params.areaRngLbl, judged.params.maxDets = [[0, 1e10]], ["all"], [BOXES]
    judged.evaluate()
    matched = np.array(judged.evalImgs, dtype=object).reshape(len(judged.params.catIds), -1)  # (categories, photos)

    def measure(drawn: NDArray[np.int64]) -> NDArray[np.float64]:
        judged.evalImgs = matched[:, drawn].reshape(-1).tolist()
        judged.accumulate()
        precision, recall = judged.eval["precision"], judged.eval["recall"]
        return np.array([part[part >= 0].mean() for part in (precision[0], precision, recall)])

    return dict(zip(("AP50", "AP", "AR100"), estimates(measure, matched.shape[1]), strict=True))


def judge_masks(coco: COCO, folder: Path) -> dict[str, Estimate]:
    """Mean IoU of masks with the true ones, and of the boxes that they were asked for by, in percent."""
    segmenter = load_segmenter("builtin")
    scores: list[tuple[int, float, float]] = []
    for place, (photo, image) in enumerate(photos(coco, folder, "masks")):
        things = [each for each in coco.imgToAnns[photo] if not each["iscrowd"]]
        boxes = np.array([each["bbox"] for each in things], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        segmenter.set_image(image)
        for thing, box in zip(things, boxes, strict=True):
            (mask,) = segmenter.segment(boxes=box[None]).masks
            true = coco.annToMask(thing).astype(bool)
            x0, y0, x1, y1 = *np.floor(box[:2]).astype(int), *np.ceil(box[2:]).astype(int)
            filled = np.zeros_like(true)
            filled[y0:y1, x0:x1] = True
            scores.append((place, overlap(mask, true), overlap(filled, true)))
    table = np.array(scores)
    count = int(table[-1, 0]) + 1
    sums = np.stack([np.bincount(table[:, 0].astype(int), column) for column in table[:, 1:].T])  # (2, photos)
    things = np.bincount(table[:, 0].astype(int))

    def measure(drawn: NDArray[np.int64]) -> NDArray[np.float64]:
        return sums[:, drawn].sum(axis=1) / things[drawn].sum()

    return dict(zip(("IoU", "IoU of the box itself"), estimates(measure, count), strict=True))


def judge_objects(coco: COCO, folder: Path) -> dict[str, Estimate]:
    """CorLoc of the main object that the built-in tower finds, and of a box in the middle of the photo, in percent."""
    finder = load_objects()
    hits: list[tuple[bool, bool]] = []
    for photo, image in photos(coco, folder, "objects"):
        true = [each["bbox"] for each in coco.imgToAnns[photo]]
        x0, y0, x1, y1 = finder.detect(image, ["object"]).boxes[0].tolist()
        width, height = image.size
        middle = [width * 0.15, height * 0.15, width * 0.7, height * 0.7]
        tried = [[x0, y0, x1 - x0, y1 - y0], middle]
        shared = iou(tried, true, [False] * len(true))  # (2, things)
        hits.append((bool(shared[0].max() > 0.5), bool(shared[1].max() > 0.5)))
    table = np.array(hits, np.float64)
    return dict(
        zip(("CorLoc", "the middle"), estimates(lambda drawn: table[drawn].mean(axis=0), len(hits)), strict=True)
    )


def overlap(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Intersection over union."""
    return float((one & other).sum() / max(1, (one | other).sum()))


def estimates(measure: Callable[[NDArray[np.int64]], NDArray[np.float64]], count: int) -> list[Estimate]:
    """Each of several measures of a set of photos, given by their places, with its interval."""
    rng = np.random.default_rng(0)
    values = 100 * measure(np.arange(count))
    resampled = 100 * np.stack([measure(rng.integers(0, count, count)) for _ in range(RESAMPLES)])
    low, high = np.percentile(resampled, [2.5, 97.5], axis=0)
    return [Estimate(*map(float, each)) for each in zip(values, low, high, strict=True)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with coco")
    parser.add_argument("--json", action="store_true", help="numbers instead of a table")
    asked = parser.parse_args()
    folder = asked.data / "coco"
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():  # pycocotools talks
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        coco = COCO(str(folder / "instances.json"))
        tables = {
            "boxes": judge_boxes(coco, found_boxes(coco, folder / "images")),
            "masks": judge_masks(coco, folder / "images"),
            "objects": judge_objects(coco, folder / "images"),
        }
    if asked.json:
        plain = {part: {key: dataclasses.asdict(value) for key, value in row.items()} for part, row in tables.items()}
        print(json.dumps(plain, indent=2))
        return
    print("Percent, with 95 % bootstrap intervals over photos")
    for part, row in tables.items():
        print(f"{part:8}", "  ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
