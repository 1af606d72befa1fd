"""Detectors and segmenters on photos, phrases and prompts that nobody expects."""

import numpy as np
import pytest
import torch
from PIL import Image

from lens.errors import DeviceError, QueryError
from lens.models.detectors import processed
from lens.models.detectors.loading import load_detector
from lens.models.segmenters.loading import load_segmenter
from tests import region_checkpoints

DETECTORS = ("owlv2", "grounding_dino")
SEGMENTERS = ("sam_checkpoint", "sam", "sam2", "edgetam", "sam3", "clipseg")
SIZES = [(1, 1), (2, 3), (1, 90), (90, 1)]
ODD = ["dog " * 2000, "a" * 5000, "Größe Straße 犬", "🐕", "dog\n\tcat", "[SEP]", "<|endoftext|>", "a.b? c."]


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8))


def made_nan(module: torch.nn.Module) -> None:
    for weights in module.parameters():
        weights.fill_(torch.nan)


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request, tmp_path_factory):
    return load_detector(str(getattr(region_checkpoints, request.param)(tmp_path_factory.mktemp("model") / "model")))


@pytest.fixture(scope="module", params=SEGMENTERS)
def segmenter(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("model") / ("sam.pth" if request.param == "sam_checkpoint" else "model")
    return load_segmenter(str(getattr(region_checkpoints, request.param)(place)))


def ask(segmenter, image):
    segmenter.set_image(image)
    whole = np.array([[0, 0, *image.size]], np.float32)
    return segmenter.segment(**({"boxes": whole} if "boxes" in segmenter.info.prompts else {"phrases": ["dog"]}))


@pytest.mark.parametrize("size", SIZES)
def test_boxes_in_a_photo_of_hardly_a_pixel_lie_inside(detector, size):
    found = detector.detect(noise(*size), ["dog", "cat"], 0.0)
    assert len(found)
    assert (found.boxes >= 0).all()
    assert (found.boxes[:, 2:] <= size).all()


@pytest.mark.parametrize("size", SIZES)
def test_masks_of_a_photo_of_hardly_a_pixel_have_its_size(segmenter, size):
    assert ask(segmenter, noise(*size)).masks.shape[1:] == size[::-1]


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_photos_that_are_not_rgb_are_seen_as_it(detector, mode):
    other = noise(40, 30).convert(mode)
    found, expected = (detector.detect(image, ["dog"], 0.0) for image in (other, other.convert("RGB")))
    assert np.array_equal(found.boxes, expected.boxes)


def test_masks_of_a_photo_with_transparency_are_those_without(segmenter):
    other = noise(40, 30).convert("RGBA")
    assert np.array_equal(ask(segmenter, other).masks, ask(segmenter, other.convert("RGB")).masks)


def test_a_panorama_is_made_smaller_before_it_is_padded(detector, monkeypatch):
    monkeypatch.setattr(processed, "LARGEST", 256)
    seen = []
    prepare = processed.prepared_by
    monkeypatch.setattr(
        processed, "prepared_by", lambda processor, image: seen.append(image.size) or prepare(processor, image)
    )
    found = detector.detect(noise(3000, 1500), ["dog"], 0.0)
    assert seen == [(256, 128)]
    assert found.boxes[:, 2].max() > 256, "boxes are in pixels of the whole photo"


def test_odd_phrases_are_looked_for(detector):
    image = noise(60, 45)
    assert set(detector.detect(image, ODD, 0.0).phrases.tolist()) <= set(range(len(ODD)))
    assert len(detector.detect(image, ["dog", "dog"], 0.0)) == len(detector.detect(image, ["dog"], 0.0))


def test_odd_phrases_are_cut_out(segmenter):
    if "phrases" not in segmenter.info.prompts:
        pytest.skip("takes no phrases")
    segmenter.set_image(noise(60, 45))
    assert set(segmenter.segment(phrases=ODD).prompts.tolist()) <= set(range(len(ODD)))
    double = segmenter.segment(phrases=["dog", "dog"])
    first, second = (double.masks[double.prompts == number] for number in (0, 1))
    assert np.array_equal(first, second)


def test_300_boxes_at_once_are_cut_in_batches(segmenter):
    if "boxes" not in segmenter.info.prompts:
        pytest.skip("takes no boxes")
    image = noise(40, 30)
    segmenter.set_image(image)
    corners = np.sort(np.random.default_rng(1).random((300, 2, 2)), axis=1) * image.size
    boxes = (corners + np.array([[0, 0], [1, 1]])).reshape(300, 4).astype(np.float32)
    decode, most = segmenter.decode, []
    segmenter.decode = lambda **prompts: most.append(len(prompts["boxes"])) or decode(**prompts)
    found = segmenter.segment(boxes=boxes)
    segmenter.decode = decode
    assert found.masks.shape == (300, 30, 40)
    assert max(most) == segmenter.network.batch < 300
    assert found.prompts.tolist() == list(range(300))
    beyond = segmenter.segment(boxes=np.array([[-50, -50, 500, 500], [100, 100, 200, 200]], np.float32))
    assert beyond.masks.shape == (2, 30, 40)
    with pytest.raises(QueryError, match="x0 < x1"):
        segmenter.segment(boxes=np.array([[np.nan, 0, 5, 5]], np.float32))


@pytest.mark.parametrize("name", ["sam_checkpoint", "sam"])
def test_a_photo_too_narrow_for_sam_is_told(tmp_path, name):
    segmenter = load_segmenter(str(getattr(region_checkpoints, name)(tmp_path / "sam.pth")))
    with pytest.raises(QueryError, match="1 x 5000: it is too narrow"):
        segmenter.set_image(noise(1, 5000))


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_that_computes_no_numbers_is_told(tmp_path, name):
    detector = load_detector(str(getattr(region_checkpoints, name)(tmp_path / name)))
    made_nan(detector.network.module)
    with pytest.raises(DeviceError, match="not a number, on cpu in float32"):
        detector.detect(noise(40, 30), ["dog"])


@pytest.mark.parametrize("name", SEGMENTERS)
def test_a_segmenter_that_computes_no_numbers_is_told(tmp_path, name):
    segmenter = load_segmenter(str(getattr(region_checkpoints, name)(tmp_path / "model.pth")))
    made_nan(segmenter.network.module)
    with pytest.raises(DeviceError, match="not a number"):
        ask(segmenter, noise(40, 30))
