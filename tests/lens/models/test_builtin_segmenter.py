"""The built-in segmenter on real photos: how well it cuts, and that it keeps to its prompts."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from lens.errors import QueryError
from lens.models.detectors.base import DetectorInfo, within
from lens.models.segmenters.base import Points
from lens.models.segmenters.builtin import load_builtin
from lens.models.segmenters.loading import load_segmenter
from lens.photos import read_photo
from tests.orientations import save_orientations


@pytest.fixture(scope="module")
def coco(shared_data: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(shared_data / "coco" / "instances.json"))


def disc(size: tuple[int, int] = (160, 120), centre: tuple[int, int] = (90, 60), radius: int = 30) -> Image.Image:
    """A red disc on green grain."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: size[1], : size[0]]
    inside = (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius**2
    pixels = np.where(inside[..., None], (190, 40, 30), (60, 120, 50)) + rng.normal(0, 8, (*inside.shape, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def iou(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / max(1, (first | second).sum()))


def true_disc(image: Image.Image) -> np.ndarray:
    pixels = np.asarray(image).astype(int)
    return pixels[..., 0] > pixels[..., 1]


def test_a_thing_in_a_box_is_cut_along_its_edge():
    segmenter, image = load_segmenter("builtin"), disc()
    segmenter.set_image(image)
    found = segmenter.segment(boxes=np.array([[57.5, 28, 123, 93.2]], np.float32))
    assert iou(found.masks[0], true_disc(image)) > 0.95
    assert iou(found.masks[0], np.ones_like(found.masks[0])) < 0.5  # not the whole


def test_points_say_what_belongs_to_the_thing():
    segmenter, image = load_segmenter("builtin"), disc()
    segmenter.set_image(image)
    on, off = Points(np.array([[90, 60]], np.float32), np.ones(1, np.bool_)), np.array([[90, 60], [5, 5]], np.float32)
    both = Points(off, np.array([True, False]))
    found = segmenter.segment(points=[on, both])
    assert min(iou(mask, true_disc(image)) for mask in found.masks) > 0.9
    assert found.masks[:, 60, 90].all()
    assert not found.masks[1, 5, 5]
    turned = segmenter.segment(
        boxes=np.array([[40, 10, 140, 110]], np.float32), points=[Points(off[::-1], np.array([True, False]))]
    )
    assert not turned.masks[0, 60, 90]  # a point that is not on the thing is believed


@pytest.mark.parametrize(
    "box", [[0, 0, 160, 120], [0, 0, 1, 1], [159, 119, 160, 120], [10, 10, 12, 110], [-9, -9, 999, 50]]
)
def test_any_box_gets_a_mask_inside_it(box):
    segmenter = load_segmenter("builtin")
    segmenter.set_image(disc())
    (mask,) = segmenter.segment(boxes=np.array([box], np.float32)).masks
    x0, y0, x1, y1 = np.clip(box, 0, [160, 120, 160, 120])
    assert mask[y0:y1, x0:x1].any()
    mask[y0:y1, x0:x1] = False
    assert not mask.any()


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")  # of pycocotools
def test_training_photos_are_cut_with_an_iou_of_more_than_half(coco, shared_data):
    """On the first dozen of the training photos: a mean that neither the box nor the ellipse in it reaches."""
    segmenter, ious, boxes = load_segmenter("builtin"), [], []
    for facts in [each for each in coco.dataset["images"] if "train2017" in each["coco_url"]][:12]:
        segmenter.set_image(read_photo(shared_data / "coco" / "images" / facts["file_name"]).image)
        for annotation in coco.imgToAnns[facts["id"]]:
            x, y, width, height = annotation["bbox"]
            if annotation["iscrowd"] or width * height < 32 * 32:
                continue
            true = coco.annToMask(annotation) > 0
            box = np.array([[x, y, x + width, y + height]], np.float32)
            ious.append(iou(segmenter.segment(boxes=box).masks[0], true))
            whole = np.zeros_like(true)
            whole[int(y) : int(y + height), int(x) : int(x + width)] = True
            boxes.append(iou(whole, true))
    assert len(ious) > 30
    assert np.mean(ious) > max(0.5, np.mean(boxes))


def test_masks_of_a_rotated_photo_lie_on_the_upright_one(tmp_path):
    segmenter, upright = load_segmenter("builtin"), disc()
    box = np.array([[57, 28, 123, 93]], np.float32)
    for file in save_orientations(tmp_path, upright):
        segmenter.set_image(read_photo(file).image)
        assert iou(segmenter.segment(boxes=box).masks[0], true_disc(upright)) > 0.95, file.name


class RightHalf:
    """A detector that finds everything in the right half of a photo."""

    info = DetectorInfo("right", "the right half", "1", 0.0)

    def detect(self, image, phrases, threshold=None):
        count = len(phrases)
        box = [image.width / 2, 0, image.width, image.height]
        return within(image.size, np.array([box] * count, np.float32), np.full(count, 0.7), np.arange(count))

    def detect_all(self, images, phrases, threshold=None):
        return [self.detect(image, phrases, threshold) for image in images]


def test_phrases_are_found_by_a_detector_and_then_cut():
    image = disc(centre=(120, 60))
    segmenter = load_builtin(RightHalf)
    segmenter.set_image(image)
    found = segmenter.segment(phrases=["disc", "ball"])
    assert found.prompts.tolist() == [0, 1]
    assert found.scores.tolist() == pytest.approx([0.7, 0.7])
    assert min(iou(mask, true_disc(image)) for mask in found.masks) > 0.9
    alone = load_builtin()
    alone.set_image(image)
    with pytest.raises(QueryError, match="builtin takes no phrases; it takes boxes, points"):
        alone.segment(phrases=["disc"])
