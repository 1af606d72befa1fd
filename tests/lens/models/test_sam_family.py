"""SAM, SAM 2, EdgeTAM and SAM 3's tracker against transformers: the same folder, its own processor and network."""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from lens.models.segmenters.loading import load_segmenter
from tests import region_checkpoints
from tests.mask_parity import AlteredProcessor, Expected, coarse, corner_and_size, padded, prompts_of, squashed

FAMILY = {
    "sam": "SamModel",
    "sam2": "Sam2Model",
    "sam2_video": "Sam2Model",
    "edgetam": "EdgeTamModel",
    "edgetam_video": "EdgeTamModel",
    "sam3_tracker": "Sam3TrackerModel",
}


@pytest.fixture(scope="module", params=FAMILY)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return getattr(region_checkpoints, request.param)(tmp_path_factory.mktemp("model") / request.param)


@cache
def library(folder: Path):
    model = getattr(transformers, FAMILY[folder.name]).from_pretrained(folder).eval()
    return model, transformers.AutoProcessor.from_pretrained(folder)


@torch.inference_mode()
def by_transformers(folder: Path, image: Image.Image, boxes=None, points=None) -> Expected:
    model, processor = library(folder)
    given = {}
    if boxes is not None:
        given["input_boxes"] = [boxes.tolist()]
    if points is not None:
        given["input_points"] = [[each.places.tolist() for each in points]]
        given["input_labels"] = [[each.inside.astype(int).tolist() for each in points]]
    inputs = processor(images=image, **given, return_tensors="pt")
    found = model(**inputs, multimask_output=boxes is None and len(points[0].places) == 1)
    sizes = [inputs[name] for name in ("original_sizes", "reshaped_input_sizes") if name in inputs]
    (logits,) = processor.post_process_masks(found.pred_masks, *sizes, binarize=False)
    ious = found.iou_scores[0]
    best = ious.argmax(dim=1)
    rows = torch.arange(len(best))
    return Expected(logits[rows, best].numpy(), ious[rows, best].numpy(), rows.numpy())


def test_masks_are_those_of_transformers(folder, odd_photos):
    segmenter = load_segmenter(str(folder))
    telling = 0
    for image in odd_photos:
        segmenter.set_image(image)
        for prompts in prompts_of(image).values():
            theirs = by_transformers(folder, image, **prompts)
            assert theirs.masks.any()
            telling += theirs.says_something()
            assert theirs.agrees_with(segmenter.segment(**prompts))
    assert telling >= 5


def by_each_side(side, points, size, is_bounding_box=False):
    """Points where a network sees them that squashes photos to a square."""
    return points * side / torch.tensor(size).flip(0)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of transformers' own masks
def test_everything_is_what_transformers_generates(folder, odd_photos, monkeypatch):
    model, processor = library(folder)
    pictures = processor.image_processor
    if folder.name != "sam":
        # The pipeline scales both sides of a point by the longer one, as SAM does, though these networks see squares:
        # on photos that are none it would ask at other places than on a grid.
        monkeypatch.setattr(sys.modules[type(pictures).__module__], "_normalize_coordinates", by_each_side)
    generator = transformers.pipeline("mask-generation", model=model, image_processor=pictures)
    segmenter = load_segmenter(str(folder))
    found = 0
    for image, overlap in zip(odd_photos[1:], (0.7, 1.0, 1.0), strict=True):
        theirs = generator(
            image, points_per_crop=5, pred_iou_thresh=0.3, stability_score_thresh=0.1, crops_nms_thresh=overlap
        )
        segmenter.set_image(image)
        ours = segmenter.everything(5, sure=0.3, stable=0.1, overlap=overlap)
        assert len(ours) == len(theirs["masks"])
        assert (np.diff(ours.scores) <= 0).all()
        for mask, score in zip(theirs["masks"], theirs["scores"].tolist(), strict=True):
            # of 32 bits and other batches: a pixel at a logit of 0 may fall otherwise
            pixels = (ours.masks != np.asarray(mask)).sum(axis=(1, 2))
            assert ((np.abs(ours.scores - score) < 1e-4) & (pixels <= 2)).any()
        found += len(ours)
    assert found >= 3


@pytest.mark.parametrize("altered", ["resize", "proportions", "padding", "normalisation", "scale", "boxes"])
def test_an_altered_convention_would_be_noticed(folder, odd_photos, monkeypatch, altered):
    segmenter, image = load_segmenter(str(folder)), odd_photos[1]
    boxes = prompts_of(image)["boxes"]["boxes"][::2]
    theirs = by_transformers(folder, image, boxes=boxes)
    segmenter.set_image(image)
    assert theirs.agrees_with(segmenter.segment(boxes=boxes))
    held = segmenter.processor.image_processor
    # SAM pads and the others squash, so that each is altered by what the other does
    pictures = {"resize": coarse, "proportions": squashed if folder.name == "sam" else padded, "padding": padded}
    if altered in pictures:
        segmenter.processor.image_processor = AlteredProcessor(held, pictures[altered])
    elif altered == "normalisation":
        held.image_mean = [0.7, 0.2, 0.3]
    elif altered == "scale":
        monkeypatch.setattr(segmenter, "scale", lambda: np.ones(2))
    segmenter.set_image(image)
    asked = corner_and_size(boxes) if altered == "boxes" else boxes
    assert not theirs.agrees_with(segmenter.segment(boxes=asked))
