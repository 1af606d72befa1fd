"""Detectors and segmenters on a GPU find what they find on the CPU."""

import numpy as np
import pytest

PHRASES = ["dog", "red bicycle", "a man with a hat"]
DETECTORS = ("owlv2", "grounding_dino")
SEGMENTERS = ("sam_checkpoint", "sam", "sam2", "edgetam", "sam3_tracker", "sam3", "clipseg")


def written(name, tmp_path_factory) -> str:
    from tests import region_checkpoints

    place = tmp_path_factory.mktemp("model") / ("sam.pth" if name == "sam_checkpoint" else name)
    return str(getattr(region_checkpoints, name)(place))


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request, device, tmp_path_factory) -> str:
    return written(request.param, tmp_path_factory)


@pytest.fixture(scope="module", params=SEGMENTERS)
def segmenter(request, device, tmp_path_factory) -> str:
    return written(request.param, tmp_path_factory)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / max(1, (one | other).sum())


def masks_in(segmenter, picture):
    from tests.mask_parity import prompts_of

    segmenter.set_image(picture)
    if "boxes" not in segmenter.info.prompts:
        return segmenter.segment(phrases=PHRASES)
    return segmenter.segment(**prompts_of(picture)["boxes and points"])


def test_boxes_in_float32_are_those_of_the_cpu(detector, device, pictures):
    from lens.models.detectors.loading import load_detector

    here, there = (load_detector(detector, device=each) for each in ("cpu", device))
    threshold = 0.1
    for ours, theirs in zip(
        here.detect_all(pictures, PHRASES, threshold), there.detect_all(pictures, PHRASES, threshold), strict=True
    ):
        assert len(ours) > 0
        far = np.abs(ours.scores - threshold) > 1e-3  # what lies at the threshold may fall on either side
        assert abs(len(ours) - len(theirs)) <= (~far).sum()
        for box, score, phrase in zip(ours.boxes[far], ours.scores[far], ours.phrases[far], strict=True):
            away = np.abs(theirs.boxes - box).max(axis=1) + 1e3 * (theirs.phrases != phrase)
            assert away.min() < 0.5
            assert abs(theirs.scores[away.argmin()] - score) < 1e-3


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_a_detector_runs_in_half_precision(detector, gpu, pictures, precision):
    from lens.models.detectors.loading import load_detector

    found = load_detector(detector, device=gpu, precision=precision).detect_all(pictures, PHRASES, 0.1)
    assert sum(map(len, found)) > 0
    assert all(np.isfinite(each.boxes).all() for each in found)


def test_masks_in_float32_are_those_of_the_cpu(segmenter, device, pictures):
    from lens.models.segmenters.loading import load_segmenter

    here, there = (load_segmenter(segmenter, device=each) for each in ("cpu", device))
    for picture in pictures[:3]:
        ours, theirs = masks_in(here, picture), masks_in(there, picture)
        assert len(ours) == len(theirs) > 0
        assert min(map(overlap, ours.masks, theirs.masks)) > 0.98
        np.testing.assert_allclose(theirs.scores, ours.scores, atol=2e-3)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_a_segmenter_runs_in_half_precision(segmenter, gpu, pictures, precision):
    from lens.models.segmenters.loading import load_segmenter

    if segmenter.endswith("edgetam") and precision == "float16":
        pytest.skip("its random weights exceed what float16 holds")
    exact = masks_in(load_segmenter(segmenter, device="cpu"), pictures[0])
    half = masks_in(load_segmenter(segmenter, device=gpu, precision=precision), pictures[0])
    assert np.isfinite(half.scores).all()
    assert len(half) > 0
    if len(half) == len(exact):  # one that is asked for phrases says itself how many it finds
        assert np.median([*map(overlap, exact.masks, half.masks)]) > 0.8
