"""What holds for every segmenter: upright photos, refused prompts, checked results."""

import numpy as np
import pytest
from PIL import Image

from lens.errors import ModelMissing, QueryError
from lens.models.segmenters.base import Masks, Points, Segmenter
from lens.models.segmenters.loading import load_segmenter
from lens.photos import read_photo
from tests import checkpoints, region_checkpoints
from tests.mask_parity import PHRASES, prompts_of
from tests.orientations import save_orientations

KINDS = ("sam_checkpoint", "sam", "sam2", "edgetam", "sam3_tracker", "sam3", "clipseg")


@pytest.fixture(scope="module", params=KINDS)
def segmenter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    place = tmp_path_factory.mktemp("model") / ("sam.pth" if request.param == "sam_checkpoint" else "model")
    return load_segmenter(str(getattr(region_checkpoints, request.param)(place)))


def ask(segmenter: Segmenter, image: Image.Image) -> Masks:
    segmenter.set_image(image)
    return segmenter.segment(
        **(prompts_of(image)["boxes"] if "boxes" in segmenter.info.prompts else {"phrases": PHRASES})
    )


def identical(one: Masks, other: Masks) -> bool:
    """Whether the same was computed from the same."""
    return np.array_equal(one.masks, other.masks) and np.array_equal(one.scores, other.scores)


def test_masks_of_a_rotated_photo_lie_on_the_upright_one(segmenter, odd_photos, tmp_path):
    upright = odd_photos[0].resize((150, 110))
    expected = ask(segmenter, upright)
    assert expected.masks.any()
    as_stored = []
    for file in save_orientations(tmp_path, upright):
        assert identical(ask(segmenter, read_photo(file).image), expected), file.name
        with Image.open(file) as stored:
            as_stored.append(identical(ask(segmenter, stored.convert("RGB")), expected))
    assert as_stored == [True] + [False] * 7


def test_what_cannot_be_asked_is_one_line(segmenter, odd_photos):
    segmenter.set_image(odd_photos[1])
    for kind, prompts in {"boxes": prompts_of(odd_photos[1])["boxes"], "phrases": {"phrases": ["dog"]}}.items():
        if kind not in segmenter.info.prompts:
            with pytest.raises(QueryError, match=f"takes no {kind}; it takes"):
                segmenter.segment(**prompts)
    if "boxes" in segmenter.info.prompts:
        with pytest.raises(QueryError, match="x0 < x1"):
            segmenter.segment(boxes=np.array([[5, 5, 1, 9]], np.float32))
        with pytest.raises(QueryError, match="as many groups"):
            segmenter.segment(boxes=np.array([[1, 1, 5, 9]], np.float32), points=[])
        assert segmenter.segment(boxes=np.empty((0, 4), np.float32)).masks.shape == (0, 87, 121)


def test_a_photo_must_be_set_first(tmp_path, odd_photos):
    segmenter = load_segmenter(str(region_checkpoints.sam_checkpoint(tmp_path / "sam.pth")))
    with pytest.raises(QueryError, match="set one first"):
        segmenter.segment(boxes=np.array([[1, 1, 5, 9]], np.float32))


def test_names_lead_to_what_they_name(tmp_path):
    with pytest.raises(ModelMissing, match="lens models pull sam2-t"):
        load_segmenter("sam2-t")
    with pytest.raises(ModelMissing, match="clip is no segmenter"):
        load_segmenter(str(checkpoints.transformers_clip(tmp_path / "clip")))


def test_masks_are_checked_where_they_are_built():
    with pytest.raises(ValueError, match="bool"):
        Masks(np.ones((1, 2, 2), np.float32), np.ones(1, np.float32), np.zeros(1, np.int64))
    with pytest.raises(ValueError, match="as many"):
        Masks(np.ones((1, 2, 2), np.bool_), np.ones(2, np.float32), np.zeros(1, np.int64))
    with pytest.raises(ValueError, match="n signs"):
        Points(np.ones((2, 2), np.float32), np.ones(3, np.bool_))


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"edgetam"}))  # whose random weights exceed what float16 holds
def test_half_precision_leaves_masks_where_they_were(kind, odd_photos, tmp_path):
    place = tmp_path / ("sam.pth" if kind == "sam_checkpoint" else "model")
    folder = str(getattr(region_checkpoints, kind)(place))
    exact, half = (
        ask(load_segmenter(folder, device="cpu", precision=each), odd_photos[0]) for each in ("float32", "float16")
    )
    assert len(exact) == len(half)
    shared = [
        (ours & theirs).sum() / max(1, (ours | theirs).sum())
        for ours, theirs in zip(exact.masks, half.masks, strict=True)
    ]
    assert np.median(shared) > 0.9
    assert not np.array_equal(exact.scores, half.scores), "nothing was computed in less"
