"""SAM against segment-anything: the same weights, its own preprocessing, predictor and generator."""

from pathlib import Path

import numpy as np
import pytest
import segment_anything
import torch
from PIL import Image
from torch.nn import functional

from lens.errors import DeviceError, ModelDamaged
from lens.models.segmenters import sam
from lens.models.segmenters.loading import load_segmenter
from tests import region_checkpoints
from tests.mask_parity import Expected, corner_and_size, prompts_of


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return region_checkpoints.sam_checkpoint(tmp_path_factory.mktemp("sam") / "sam_tiny.pth")


def filled(file: Path, **sizes: object):
    """The network of that size, made by segment-anything, with the weights of a file."""
    module = region_checkpoints.sam_network(**sizes)
    module.load_state_dict(torch.load(file, weights_only=True))
    return module


@torch.inference_mode()
def by_predictor(module, image: Image.Image, boxes=None, points=None) -> Expected:
    """All prompts at once, since a network rounds by how many it is given; of several masks the likeliest."""
    predictor = segment_anything.SamPredictor(module)
    predictor.set_image(np.asarray(image))
    size = predictor.original_size
    given = [None, None, None]
    if points is not None:
        places = predictor.transform.apply_coords(np.stack([each.places for each in points]), size)
        signs = np.stack([each.inside for each in points])
        given[:2] = [torch.as_tensor(places, dtype=torch.float), torch.as_tensor(signs, dtype=torch.int)]
    if boxes is not None:
        given[2] = torch.as_tensor(predictor.transform.apply_boxes(boxes, size), dtype=torch.float)
    ambiguous = boxes is None and len(points[0].places) == 1
    logits, ious, _ = predictor.predict_torch(*given, multimask_output=ambiguous, return_logits=True)
    best, rows = ious.argmax(dim=1), torch.arange(len(ious))
    return Expected(logits[rows, best].numpy(), ious[rows, best].numpy(), rows.numpy())


def test_sam_cuts_as_segment_anything_does(checkpoint, odd_photos):
    segmenter, module = load_segmenter(str(checkpoint)), filled(checkpoint)
    for image in odd_photos:
        segmenter.set_image(image)
        for prompts in prompts_of(image).values():
            theirs = by_predictor(module, image, **prompts)
            assert theirs.says_something()
            assert theirs.agrees_with(segmenter.segment(**prompts))


def other_resize(segmenter, monkeypatch) -> None:
    segmenter.predictor.transform.target_length = 48


def other_padding(segmenter, monkeypatch) -> None:
    module = segmenter.network.module

    def before(pixels):
        missing = [module.image_encoder.img_size - side for side in pixels.shape[-2:]]
        return functional.pad((pixels - module.pixel_mean) / module.pixel_std, (missing[1], 0, missing[0], 0))

    monkeypatch.setattr(module, "preprocess", before)


def padding_left_in(segmenter, monkeypatch) -> None:
    monkeypatch.setattr(
        segmenter, "upscale", lambda logits: functional.interpolate(logits, segmenter.original_size, mode="bilinear")
    )


def other_scale(segmenter, monkeypatch) -> None:
    monkeypatch.setattr(segmenter, "scale", lambda: np.ones(2))


def other_boxes(segmenter, monkeypatch) -> None:
    segment = segmenter.segment
    monkeypatch.setattr(segmenter, "segment", lambda boxes: segment(boxes=corner_and_size(boxes)))


@pytest.mark.parametrize("alter", [other_resize, other_padding, padding_left_in, other_scale, other_boxes])
def test_an_altered_convention_of_sam_would_be_noticed(checkpoint, odd_photos, monkeypatch, alter):
    segmenter, image = load_segmenter(str(checkpoint)), odd_photos[1]
    boxes = prompts_of(image)["boxes"]["boxes"][::2]
    theirs = by_predictor(filled(checkpoint), image, boxes=boxes)
    segmenter.set_image(image)
    assert theirs.agrees_with(segmenter.segment(boxes=boxes))
    alter(segmenter, monkeypatch)
    segmenter.set_image(image)
    assert not theirs.agrees_with(segmenter.segment(boxes=boxes))


@pytest.mark.parametrize(("overlap", "count"), [(0.7, 1), (1.0, 50)])
def test_everything_is_what_segment_anything_generates(checkpoint, odd_photos, overlap, count):
    segmenter, module = load_segmenter(str(checkpoint), batch=32), filled(checkpoint)
    generator = segment_anything.SamAutomaticMaskGenerator(
        module,
        points_per_side=6,
        points_per_batch=32,
        pred_iou_thresh=0.3,
        stability_score_thresh=0.1,
        box_nms_thresh=overlap,
    )
    for image in odd_photos[1:]:
        theirs = generator.generate(np.asarray(image))
        segmenter.set_image(image)
        ours = segmenter.everything(6, sure=0.3, stable=0.1, overlap=overlap)
        assert len(ours) == len(theirs) >= count
        assert (np.diff(ours.scores) <= 0).all()
        for mask in theirs:
            # its points have 64 bits on the way to the network, ours 32: a pixel at a logit of 0 may fall otherwise
            apart = np.abs(ours.scores - mask["predicted_iou"])
            pixels = (ours.masks != mask["segmentation"]).sum(axis=(1, 2))
            assert ((apart < 1e-4) & (pixels <= 2)).any()
    assert len(segmenter.everything(2, sure=1.0)) == 0


@pytest.mark.parametrize(
    "sizes",
    [
        {"depth": 4, "everywhere": (1, 3)},
        {"depth": 2, "everywhere": (0,), "width": 48},
        {"side": 96, "depth": 3, "everywhere": (2,)},
        {"depth": 2, "everywhere": (0, 1)},
    ],
)
def test_the_sizes_of_a_sam_are_read_off_its_weights(tmp_path, odd_photos, sizes):
    file = region_checkpoints.sam_checkpoint(tmp_path / "sam.pth", **sizes)
    segmenter, module = load_segmenter(str(file)), filled(file, **sizes)
    segmenter.set_image(odd_photos[0])
    prompts = prompts_of(odd_photos[0])["boxes"]
    assert by_predictor(module, odd_photos[0], **prompts).agrees_with(segmenter.segment(**prompts))


@pytest.mark.parametrize("kind", ["vit_b", "vit_l", "vit_h"])
def test_published_sams_have_the_sizes_that_are_read_off(kind):
    with torch.device("meta"):
        published = segment_anything.sam_model_registry[kind]()
        read = sam.network_of(published.state_dict())
    assert [(name, part.shape) for name, part in read.state_dict().items()] == [
        (name, part.shape) for name, part in published.state_dict().items()
    ]
    blocks = [(block.window_size, block.attn.num_heads) for block in published.image_encoder.blocks]
    assert [(block.window_size, block.attn.num_heads) for block in read.image_encoder.blocks] == blocks


@pytest.mark.slow
def test_vit_b_cuts_as_segment_anything_does(tmp_path, odd_photos):
    module = region_checkpoints.small_scores(region_checkpoints.draw(segment_anything.sam_model_registry["vit_b"]()))
    file = tmp_path / "sam_vit_b.pth"
    torch.save(module.state_dict(), file)
    segmenter = load_segmenter(str(file))
    segmenter.set_image(odd_photos[0])
    for prompts in prompts_of(odd_photos[0]).values():
        theirs = by_predictor(module.eval(), odd_photos[0], **prompts)
        assert theirs.masks.any()
        assert theirs.agrees_with(segmenter.segment(**prompts))


def test_a_checkpoint_of_something_else_is_one_line(tmp_path):
    torch.save({"weight": torch.ones(3)}, tmp_path / "other.pth")
    with pytest.raises(ModelDamaged, match=r"other\.pth do not fit together"):
        load_segmenter(str(tmp_path / "other.pth"))
    torch.save(region_checkpoints.sam_network(), tmp_path / "code.pth")  # a whole module is a pickle with code
    with pytest.raises(ModelDamaged, match="pickle with code"):
        load_segmenter(str(tmp_path / "code.pth"))
    whole = region_checkpoints.sam_checkpoint(tmp_path / "cut.pth").read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelDamaged, match="no whole torch checkpoint"):
        load_segmenter(str(tmp_path / "cut.pth"))


def test_out_of_memory_halves_the_prompts(checkpoint, odd_photos):
    segmenter = load_segmenter(str(checkpoint), batch=4)
    segmenter.set_image(odd_photos[0])
    prompts = prompts_of(odd_photos[0])["boxes"]
    decode = segmenter.decode

    def greedy(**prompts):
        if len(prompts["boxes"]) > limit:
            torch.empty(1 << 60)
        return decode(**prompts)

    segmenter.decode = greedy
    limit = 1
    assert by_predictor(filled(checkpoint), odd_photos[0], **prompts).agrees_with(segmenter.segment(**prompts))
    assert segmenter.network.batch == 1
    limit = 0
    with pytest.raises(DeviceError, match="too small for this model"):
        segmenter.segment(**prompts)
