"""SAM 3 and CLIPSeg against transformers: the same folder, its own processor and network."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from torch.nn import functional

from lens.models.segmenters.loading import load_segmenter
from tests import region_checkpoints
from tests.mask_parity import PHRASES, AlteredProcessor, Expected, coarse, padded, prompts_of


@cache
def library(folder: Path, kind: str):
    return (
        getattr(transformers, kind).from_pretrained(folder).eval(),
        transformers.AutoProcessor.from_pretrained(folder),
    )


@torch.inference_mode()
def by_sam3(folder: Path, image: Image.Image) -> Expected:
    """Each phrase by itself, as its processor takes them for one photo."""
    model, processor = library(folder, "Sam3Model")
    levels, scores, prompts = [], [], []
    for number, phrase in enumerate(PHRASES):
        inputs = processor(images=image, text=phrase, return_tensors="pt")
        size = [inputs.pop("original_sizes")[0].tolist()]
        outputs = model(**inputs)
        found = processor.post_process_instance_segmentation(outputs, target_sizes=size)[0]
        if not len(found["scores"]):
            continue
        kept = (outputs.pred_logits.sigmoid() * outputs.presence_logits.sigmoid()) > 0.3
        likely = functional.interpolate(outputs.pred_masks.sigmoid()[:, kept[0]], size[0], mode="bilinear")[0]
        assert torch.equal(likely > 0.5, found["masks"] > 0), "these levels must be those of its own masks"
        order = found["scores"].argsort(descending=True, stable=True)
        levels.append(likely[order] - 0.5)
        scores.append(found["scores"][order])
        prompts += [number] * len(order)
    return Expected(torch.cat(levels).numpy(), torch.cat(scores).numpy(), np.array(prompts))


@torch.inference_mode()
def by_clipseg(folder: Path, image: Image.Image) -> Expected:
    model, processor = library(folder, "CLIPSegForImageSegmentation")
    inputs = processor(text=PHRASES, images=[image] * len(PHRASES), padding="max_length", return_tensors="pt")
    logits = functional.interpolate(model(**inputs).logits[:, None], image.size[::-1], mode="bilinear")[:, 0]
    likely = logits.sigmoid()
    found = [number for number in range(len(PHRASES)) if (likely[number] > 0.5).any()]
    scores = [float(likely[number][likely[number] > 0.5].mean()) for number in found]
    return Expected((likely[found] - 0.5).numpy(), np.array(scores), np.array(found))


REFERENCES = {"sam3": by_sam3, "clipseg": by_clipseg}


@pytest.fixture(scope="module", params=REFERENCES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return getattr(region_checkpoints, request.param)(tmp_path_factory.mktemp("model") / request.param)


def test_phrases_get_the_masks_of_their_own_library(folder, odd_photos):
    segmenter = load_segmenter(str(folder))
    telling = 0
    for image in odd_photos:
        theirs = REFERENCES[folder.name](folder, image)
        assert theirs.masks.any()
        telling += theirs.says_something()
        segmenter.set_image(image)
        assert theirs.agrees_with(segmenter.segment(phrases=PHRASES))
    assert telling >= 2
    assert len(segmenter.segment(phrases=[])) == 0


@pytest.mark.parametrize("altered", ["resize", "padding", "normalisation", "levels"])
def test_an_altered_convention_would_be_noticed(folder, odd_photos, monkeypatch, altered):
    segmenter, image = load_segmenter(str(folder)), odd_photos[1]
    theirs = REFERENCES[folder.name](folder, image)
    segmenter.set_image(image)
    assert theirs.agrees_with(segmenter.segment(phrases=PHRASES))
    held = segmenter.processor.image_processor
    pictures = {"resize": coarse, "padding": padded}
    if altered in pictures:
        segmenter.processor.image_processor = AlteredProcessor(held, pictures[altered])
    elif altered == "normalisation":
        held.image_mean = [0.9, 0.1, 0.5]
    else:
        interpolate = functional.interpolate
        monkeypatch.setattr(
            "torch.nn.functional.interpolate",
            lambda masks, size, **_: interpolate(masks, size, mode="bilinear", align_corners=True),
        )
    segmenter.set_image(image)
    assert not theirs.agrees_with(segmenter.segment(phrases=PHRASES))


def test_a_whole_sam3_takes_phrases_and_boxes(tmp_path, odd_photos):
    folder = region_checkpoints.sam3_video(tmp_path / "sam3_video")
    segmenter, image = load_segmenter(str(folder)), odd_photos[1]
    assert segmenter.info.prompts == {"boxes", "points", "phrases", "everything"}
    whole = transformers.Sam3VideoModel.from_pretrained(folder).state_dict()
    places = {"vision_encoder.backbone.": "detector_model.", "vision_encoder.neck.": "tracker_neck."}
    for name, weights in segmenter.tracker.network.module.state_dict().items():
        place = next((place for start, place in places.items() if name.startswith(start)), "tracker_model.")
        inside = name.removeprefix("vision_encoder.neck.") if place == "tracker_neck." else name
        assert torch.equal(weights, whole[place + inside])
    segmenter.set_image(image)
    named = by_sam3(folder, image)
    assert named.masks.any()
    assert named.agrees_with(segmenter.segment(phrases=PHRASES))
    cut = segmenter.segment(**prompts_of(image)["boxes"])
    assert (cut.masks.any(axis=(1, 2)) & ~cut.masks.all(axis=(1, 2))).any()
    assert named.agrees_with(segmenter.segment(phrases=PHRASES)), "the halves do not disturb each other"
