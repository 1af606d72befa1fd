"""Segmenters against the libraries they come from: the same weights, the library's own preprocessing and masks."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import segment_anything
import torch
import transformers
from PIL import Image
from torch.nn import functional

from lens.errors import DeviceError, ModelDamaged, ModelMissing, QueryError
from lens.models.segmenters import sam
from lens.models.segmenters.base import Masks, Points, Segmenter
from lens.models.segmenters.loading import load_segmenter
from lens.photos import read_photo
from tests import checkpoints, region_checkpoints
from tests.orientations import save_orientations

FAMILY = {
    "sam": "SamModel",
    "sam2": "Sam2Model",
    "sam2_video": "Sam2Model",
    "edgetam": "EdgeTamModel",
    "edgetam_video": "EdgeTamModel",
}
NAMED = {"sam3": region_checkpoints.sam3, "clipseg": region_checkpoints.clipseg}
PHRASES = ["dog", "red bicycle", "a man with a hat"]


@pytest.fixture(scope="module")
def images(samples: Path) -> list[Image.Image]:
    """Upright photos of odd sizes, 1:8 and 8:1 among them."""
    whole = [read_photo(file).image for file in sorted(samples.rglob("*.jpg"))[:4]]
    return [
        whole[0],
        *(image.resize(size) for image, size in zip(whole[1:], [(121, 87), (400, 50), (50, 400)], strict=True)),
    ]


def prompts_of(image: Image.Image) -> dict[str, dict]:
    """Boxes, points and both, in pixels of a photo."""
    size = np.array([*image.size, *image.size], np.float32)
    boxes = np.array([[0.1, 0.2, 0.7, 0.9], [0.5, 0.05, 0.95, 0.6], [0, 0, 1, 1]], np.float32) * size
    signed = [
        Points(np.array([[0.3, 0.4], [0.8, 0.7]], np.float32) * size[:2], np.array([True, False])),
        Points(np.array([[0.6, 0.2], [0.7, 0.3]], np.float32) * size[:2], np.array([True, True])),
        Points(np.array([[0.5, 0.9], [0.1, 0.3]], np.float32) * size[:2], np.array([False, True])),
    ]
    single = [Points(each.places[:1], np.ones(1, np.bool_)) for each in signed]
    return {
        "boxes": {"boxes": boxes},
        "signed points": {"points": signed},
        "single points": {"points": single},
        "boxes and points": {"boxes": boxes, "points": signed},
    }


def same(ours: Masks, masks: np.ndarray, ious: np.ndarray, rounded: int = 0) -> bool:
    """Whether masks are equal, but for so many pixels at a logit of 0, and predicted IoUs agree within 1e-4."""
    return (
        ours.masks.shape == masks.shape
        and int((ours.masks != masks).sum()) <= rounded
        and np.abs(ours.scores - ious).max(initial=0) < 1e-4
    )


def says_something(masks: np.ndarray) -> bool:
    """Whether masks are neither empty nor full, and differ."""
    shares = masks.mean(axis=(1, 2))
    return bool(((shares > 0.02) & (shares < 0.98)).any()) and len(np.unique(shares)) >= min(2, len(masks))


# segment-anything ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return region_checkpoints.sam_checkpoint(tmp_path_factory.mktemp("sam") / "sam_tiny.pth")


def filled(file: Path, **sizes: object):
    """The network of that size, made by segment-anything, with the weights of a file."""
    module = region_checkpoints.sam_network(**sizes)
    module.load_state_dict(torch.load(file, weights_only=True))
    return module


def by_predictor(module, image: Image.Image, boxes=None, points=None) -> tuple[np.ndarray, np.ndarray]:
    """All prompts at once, since a network rounds by how many it is given."""
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
    masks, ious, _ = predictor.predict_torch(*given, multimask_output=ambiguous)
    best, rows = ious.argmax(dim=1), torch.arange(len(ious))
    return masks[rows, best].numpy(), ious[rows, best].numpy()


def test_sam_cuts_as_segment_anything_does(checkpoint, images):
    segmenter, module = load_segmenter(str(checkpoint)), filled(checkpoint)
    for image in images:
        segmenter.set_image(image)
        for prompts in prompts_of(image).values():
            masks, ious = by_predictor(module, image, **prompts)
            assert says_something(masks)
            assert same(segmenter.segment(**prompts), masks, ious)


@pytest.mark.parametrize(("overlap", "count"), [(0.7, 1), (1.0, 5)])
def test_everything_is_what_segment_anything_generates(checkpoint, images, overlap, count):
    segmenter, module = load_segmenter(str(checkpoint)), filled(checkpoint)
    generator = segment_anything.SamAutomaticMaskGenerator(
        module,
        points_per_side=6,
        points_per_batch=32,
        pred_iou_thresh=0.3,
        stability_score_thresh=0.1,
        box_nms_thresh=overlap,
    )
    theirs = sorted(generator.generate(np.asarray(images[1])), key=lambda mask: -mask["predicted_iou"])
    segmenter.set_image(images[1])
    ours = segmenter.everything(6, sure=0.3, stable=0.1, overlap=overlap)
    assert len(theirs) >= count
    masks = np.stack([mask["segmentation"] for mask in theirs])
    assert says_something(masks)
    assert abs(len(ours) - len(theirs)) <= 1  # one may cross a threshold by rounding
    overlaps = [max((mask & other).sum() / (mask | other).sum() for other in ours.masks) for mask in masks]
    assert sorted(overlaps)[1 if count > 1 else 0] > 0.999
    assert ours.scores[0] == pytest.approx(theirs[0]["predicted_iou"], abs=1e-4)
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
def test_the_sizes_of_a_sam_are_read_off_its_weights(tmp_path, images, sizes):
    file = region_checkpoints.sam_checkpoint(tmp_path / "sam.pth", **sizes)
    segmenter, module = load_segmenter(str(file)), filled(file, **sizes)
    segmenter.set_image(images[0])
    prompts = prompts_of(images[0])["boxes"]
    assert same(segmenter.segment(**prompts), *by_predictor(module, images[0], **prompts))


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
def test_vit_b_cuts_as_segment_anything_does(tmp_path, images):
    module = region_checkpoints.small_scores(region_checkpoints.draw(segment_anything.sam_model_registry["vit_b"]()))
    file = tmp_path / "sam_vit_b.pth"
    torch.save(module.state_dict(), file)
    segmenter = load_segmenter(str(file))
    segmenter.set_image(images[0])
    prompts = prompts_of(images[0])["boxes"]
    masks, ious = by_predictor(module.eval(), images[0], **prompts)
    assert masks.any()
    assert same(segmenter.segment(**prompts), masks, ious)


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


# transformers ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=FAMILY)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return getattr(region_checkpoints, request.param)(tmp_path_factory.mktemp("model") / request.param)


@cache
def library(folder: Path, kind: str):
    return (
        getattr(transformers, kind).from_pretrained(folder).eval(),
        transformers.AutoProcessor.from_pretrained(folder),
    )


@torch.inference_mode()
def by_transformers(folder: Path, image: Image.Image, boxes=None, points=None) -> tuple[np.ndarray, np.ndarray]:
    model, processor = library(folder, FAMILY[folder.name])
    given = {}
    if boxes is not None:
        given["input_boxes"] = [boxes.tolist()]
    if points is not None:
        given["input_points"] = [[each.places.tolist() for each in points]]
        given["input_labels"] = [[each.inside.astype(int).tolist() for each in points]]
    inputs = processor(images=image, **given, return_tensors="pt")
    found = model(**inputs, multimask_output=boxes is None and len(points[0].places) == 1)
    sizes = [inputs["original_sizes"]]
    if "reshaped_input_sizes" in inputs:
        sizes.append(inputs["reshaped_input_sizes"])
    (masks,) = processor.post_process_masks(found.pred_masks, *sizes)
    ious = found.iou_scores[0]
    best = ious.argmax(dim=1)
    rows = torch.arange(len(best))
    return masks[rows, best].numpy(), ious[rows, best].numpy()


def test_masks_are_those_of_transformers(folder, images):
    segmenter = load_segmenter(str(folder))
    telling = 0
    for image in images:
        segmenter.set_image(image)
        for prompts in prompts_of(image).values():
            masks, ious = by_transformers(folder, image, **prompts)
            assert masks.any()
            telling += says_something(masks)
            assert same(segmenter.segment(**prompts), masks, ious, rounded=2)  # of up to a million
    assert telling >= 5


def test_everything_finds_masks_that_differ(folder, images):
    segmenter = load_segmenter(str(folder))
    segmenter.set_image(images[1])
    found = segmenter.everything(4, sure=0.3, stable=0.05)
    assert len(found) >= 1
    assert found.masks.any(axis=(1, 2)).all()
    assert (np.diff(found.scores) <= 0).all()


@pytest.mark.parametrize("altered", ["image_processor", "scale", "boxes"])
def test_an_altered_resize_or_box_would_be_noticed(folder, images, monkeypatch, altered):
    segmenter, image = load_segmenter(str(folder)), images[2]
    prompts = prompts_of(image)["boxes"]
    masks, ious = by_transformers(folder, image, **prompts)
    if altered == "image_processor":
        segmenter.processor.image_processor.image_mean = [0.7, 0.2, 0.3]
    elif altered == "scale":
        monkeypatch.setattr(segmenter, "scale", lambda: np.ones(2))
    segmenter.set_image(image)
    if altered == "boxes":  # as if they were corner and size
        prompts["boxes"][:, 2:] += prompts["boxes"][:, :2] + 1
    assert not same(segmenter.segment(**prompts), masks, ious)


# Phrases ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=NAMED)
def named(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return NAMED[request.param](tmp_path_factory.mktemp("model") / request.param)


@torch.inference_mode()
def by_phrases(folder: Path, image: Image.Image) -> Masks:
    masks, scores, prompts = [], [], []
    if folder.name == "sam3":
        model, processor = library(folder, "Sam3Model")
        for number, phrase in enumerate(PHRASES):
            inputs = processor(images=image, text=phrase, return_tensors="pt")
            inputs.pop("original_sizes")
            found = processor.post_process_instance_segmentation(model(**inputs), target_sizes=[image.size[::-1]])[0]
            order = found["scores"].argsort(descending=True, stable=True)
            masks += [mask.numpy() > 0 for mask in found["masks"][order]]
            scores += found["scores"][order].tolist()
            prompts += [number] * len(order)
    else:
        model, processor = library(folder, "CLIPSegForImageSegmentation")
        inputs = processor(text=PHRASES, images=[image] * len(PHRASES), padding="max_length", return_tensors="pt")
        logits = functional.interpolate(model(**inputs).logits[:, None], image.size[::-1], mode="bilinear")[:, 0]
        for number, likely in enumerate(logits.sigmoid()):
            if (likely > 0.5).any():
                masks.append((likely > 0.5).numpy())
                scores.append(float(likely[likely > 0.5].mean()))
                prompts.append(number)
    return Masks.of(image.size, masks, scores, prompts)


def test_phrases_get_the_masks_of_their_own_library(named, images):
    segmenter = load_segmenter(str(named))
    telling = 0
    for image in images:
        theirs = by_phrases(named, image)
        assert len(theirs)
        assert theirs.masks.any()
        telling += says_something(theirs.masks)
        segmenter.set_image(image)
        ours = segmenter.segment(phrases=PHRASES)
        assert same(ours, theirs.masks, theirs.scores)
        assert (ours.prompts == theirs.prompts).all()
    assert telling >= 2
    assert len(segmenter.segment(phrases=[])) == 0


def test_an_altered_preprocessing_of_named_things_would_be_noticed(named, images, tmp_path):
    theirs = by_phrases(named, images[2])
    file = next(file for file in (named / "processor_config.json", named / "preprocessor_config.json") if file.exists())
    held = json.loads(file.read_text())
    segmenter = load_segmenter(str(named))
    segmenter.processor.image_processor.image_mean = [0.9, 0.1, 0.5]
    assert held["image_processor"]["image_mean"] != [0.9, 0.1, 0.5]
    segmenter.set_image(images[2])
    assert not same(segmenter.segment(phrases=PHRASES), theirs.masks, theirs.scores)


# All of them -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sam_checkpoint", *FAMILY, *NAMED])
def segmenter(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    place = tmp_path_factory.mktemp("model") / ("sam.pth" if request.param == "sam_checkpoint" else "model")
    return load_segmenter(str(getattr(region_checkpoints, request.param)(place)))


def ask(segmenter: Segmenter, image: Image.Image) -> Masks:
    segmenter.set_image(image)
    return segmenter.segment(
        **(prompts_of(image)["boxes"] if "boxes" in segmenter.info.prompts else {"phrases": PHRASES})
    )


def test_masks_of_a_rotated_photo_lie_on_the_upright_one(segmenter, images, tmp_path):
    upright = images[0].resize((150, 110))
    expected = ask(segmenter, upright)
    assert expected.masks.any()
    as_stored = []
    for file in save_orientations(tmp_path, upright):
        assert same(ask(segmenter, read_photo(file).image), expected.masks, expected.scores), file.name
        with Image.open(file) as stored:
            as_stored.append(same(ask(segmenter, stored.convert("RGB")), expected.masks, expected.scores))
    assert as_stored == [True] + [False] * 7


def test_what_cannot_be_asked_is_one_line(segmenter, images):
    segmenter.set_image(images[1])
    for kind, prompts in {"boxes": prompts_of(images[1])["boxes"], "phrases": {"phrases": ["dog"]}}.items():
        if kind not in segmenter.info.prompts:
            with pytest.raises(QueryError, match=f"takes no {kind}; it takes"):
                segmenter.segment(**prompts)
    if "boxes" in segmenter.info.prompts:
        with pytest.raises(QueryError, match="x0 < x1"):
            segmenter.segment(boxes=np.array([[5, 5, 1, 9]], np.float32))
        with pytest.raises(QueryError, match="as many groups"):
            segmenter.segment(boxes=np.array([[1, 1, 5, 9]], np.float32), points=[])
        assert segmenter.segment(boxes=np.empty((0, 4), np.float32)).masks.shape == (0, 87, 121)


def test_a_photo_must_be_set_first(checkpoint, images):
    segmenter = load_segmenter(str(checkpoint))
    with pytest.raises(QueryError, match="set one first"):
        segmenter.segment(boxes=np.array([[1, 1, 5, 9]], np.float32))


def test_out_of_memory_halves_the_prompts(checkpoint, images):
    segmenter = load_segmenter(str(checkpoint), batch=4)
    segmenter.set_image(images[0])
    prompts = prompts_of(images[0])["boxes"]
    expected = segmenter.segment(**prompts)
    decode = segmenter.decode

    def greedy(**prompts):
        if len(prompts["boxes"]) > limit:
            torch.empty(1 << 60)
        return decode(**prompts)

    segmenter.decode = greedy
    limit = 1
    assert same(segmenter.segment(**prompts), expected.masks, expected.scores)
    limit = 0
    with pytest.raises(DeviceError, match="too small for this model"):
        segmenter.segment(**prompts)


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
