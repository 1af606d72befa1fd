"""Detectors against transformers: the same folder, the library's own preprocessing, forward pass and boxes."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from lens.errors import DeviceError, ModelDamaged, ModelMissing, QueryError
from lens.models.catalog import MODELS
from lens.models.detectors.base import Detections, within
from lens.models.detectors.loading import load_detector
from lens.models.detectors.processed import corners
from lens.models.files import ModelFiles
from lens.models.loading import load_files
from lens.photos import read_photo
from tests import checkpoints, region_checkpoints
from tests.orientations import save_orientations

PHRASES = [
    *("dog", "red bicycle", "a man with a hat", "cat", "traffic light", "cup", "potted plant", "knife", "tv", "bus"),
    *("train", "tennis racket", "sofa", "laptop", "pizza", "kite", "horse", "sheep", "giraffe", "clock"),
]
WRITE = {"owlv2": region_checkpoints.owlv2, "grounding_dino": region_checkpoints.grounding_dino}
THRESHOLD = {"owlv2": 0.1, "grounding_dino": 0.25}


@pytest.fixture(scope="module", params=WRITE)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return WRITE[request.param](tmp_path_factory.mktemp("model") / request.param)


@cache
def library(folder: Path):
    model = transformers.AutoModelForZeroShotObjectDetection.from_pretrained(folder).eval()
    return model, transformers.AutoProcessor.from_pretrained(folder)


@torch.inference_mode()
def reference(folder: Path, image: Image.Image, phrases: list[str], threshold: float) -> Detections:
    """What transformers finds; its boxes may reach beyond the photo and are cut as ours are."""
    model, processor = library(folder)
    inputs = processor(text=[phrases], images=image, return_tensors="pt")
    outputs = model(**inputs)
    found = processor.post_process_grounded_object_detection(
        outputs, threshold=threshold, target_sizes=[image.size[::-1]]
    )[0]
    if folder.name == "owlv2":
        numbers = found["labels"].numpy()
    else:
        ids = inputs["input_ids"][0]
        word = (ids != 101) & (ids != 102) & (ids != 1012)
        owners = torch.cumsum(ids == 1012, 0)
        kept = outputs.logits[0].sigmoid().amax(dim=-1) > threshold
        tokens = outputs.logits[0][kept][:, : len(ids)].masked_fill(~word, -torch.inf).argmax(dim=-1)
        numbers = owners[tokens].numpy()
    return within(image.size, found["boxes"].numpy(), found["scores"].numpy(), numbers)


def same(ours: Detections, theirs: Detections) -> bool:
    """Whether boxes agree within 0.01 pixels, scores within 1e-4 and phrases wholly."""
    return (
        len(ours) == len(theirs)
        and np.abs(ours.boxes - theirs.boxes).max(initial=0) < 0.01
        and np.abs(ours.scores - theirs.scores).max(initial=0) < 1e-4
        and (ours.phrases == theirs.phrases).all()
    )


@pytest.mark.parametrize("count", [1, 3, 20])
def test_boxes_are_those_of_their_own_library(folder, odd_photos, count):
    detector = load_detector(str(folder))
    assert detector.info.threshold == THRESHOLD[folder.name]
    seen = set()
    for image in odd_photos:
        theirs = reference(folder, image, PHRASES[:count], detector.info.threshold)
        assert len(theirs) >= 5
        assert np.ptp(theirs.boxes, axis=0).min() > 5, "boxes must differ, or agreement says nothing"
        ours = detector.detect(image, PHRASES[:count])
        assert same(ours, theirs)
        assert (ours.boxes >= 0).all()
        assert (ours.boxes[:, 2:] <= image.size).all()
        seen |= set(ours.phrases.tolist())
    assert len(seen) >= min(count, 2)


ALTERED = {
    "owlv2": {
        "normalisation": {"image_std": [0.3, 0.3, 0.3]},
        "padding": {"do_pad": False},
    },
    "grounding_dino": {
        "resize": {"size": {"shortest_edge": 128, "longest_edge": 200}},
        "longest side": {"size": {"shortest_edge": 96, "longest_edge": 120}},
        "padding": {"do_pad": True, "pad_size": {"height": 256, "width": 256}},
    },
}


@pytest.mark.parametrize(("name", "what"), [(name, what) for name, changes in ALTERED.items() for what in changes])
def test_an_altered_preprocessing_would_be_noticed(tmp_path, odd_photos, name, what):
    folder = WRITE[name](tmp_path / name)
    image = odd_photos[-1].resize((300, 150))
    theirs = reference(folder, image, PHRASES[:3], 0.0)
    assert same(load_detector(str(folder)).detect(image, PHRASES[:3], 0.0), theirs)
    file = folder / "processor_config.json"
    held = json.loads(file.read_text())
    held["image_processor"].update(ALTERED[name][what])
    file.write_text(json.dumps(held))
    assert not same(load_detector(str(folder)).detect(image, PHRASES[:3], 0.0), theirs)


def test_the_usual_resize_in_place_of_owlv2s_own_would_be_noticed(tmp_path, odd_photos, monkeypatch):
    """OWLv2 blurs before it makes a photo smaller, as scikit-image does."""
    folder = WRITE["owlv2"](tmp_path / "owlv2")
    theirs = reference(folder, odd_photos[0], PHRASES[:3], 0.0)
    detector = load_detector(str(folder))
    assert same(detector.detect(odd_photos[0], PHRASES[:3], 0.0), theirs)
    processor = detector.processor.image_processor
    usual = super(type(processor), processor).resize
    monkeypatch.setattr(processor, "resize", lambda image, size, **_: usual(image, size=size))
    assert not same(detector.detect(odd_photos[0], PHRASES[:3], 0.0), theirs)


def corner_and_size(centred, width, height):
    """As if a network gave a corner where it gives the centre."""
    return corners(centred + np.pad(centred[:, 2:] / 2, ((0, 0), (0, 2))), width, height)


def of_the_wrong_side(centred, width, height):
    """As if a photo were not padded where it is, or were where it is not."""
    return corners(centred, width, height * 1.5)


@pytest.mark.parametrize("altered", [corner_and_size, of_the_wrong_side])
@pytest.mark.parametrize("name", WRITE)
def test_an_altered_box_convention_would_be_noticed(tmp_path, odd_photos, monkeypatch, name, altered):
    folder = WRITE[name](tmp_path / name)
    theirs = reference(folder, odd_photos[-1], PHRASES[:3], 0.0)
    monkeypatch.setattr(f"lens.models.detectors.{name}.corners", altered)
    assert not same(load_detector(str(folder)).detect(odd_photos[-1], PHRASES[:3], 0.0), theirs)


def test_several_photos_at_once_and_one_by_one_give_the_same(folder, odd_photos):
    detector = load_detector(str(folder), batch=3)
    many = [*odd_photos, odd_photos[1], odd_photos[1].transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    together = detector.detect_all(many, PHRASES[:3])
    assert len(together) == len(many)
    for image, found in zip(many, together, strict=True):
        assert same(found, detector.detect(image, PHRASES[:3]))
    assert detector.detect_all([], PHRASES) == []


def test_boxes_of_a_rotated_photo_lie_on_the_upright_one(folder, odd_photos, tmp_path):
    detector = load_detector(str(folder))
    expected = detector.detect(odd_photos[-1], PHRASES[:3])
    assert len(expected) >= 5
    turned = []
    for file in save_orientations(tmp_path, odd_photos[-1]):
        found = detector.detect(read_photo(file).image, PHRASES[:3])
        assert same(found, expected), file.name
        with Image.open(file) as stored:
            turned.append(same(detector.detect(stored.convert("RGB"), PHRASES[:3]), expected))
    assert turned == [True] + [False] * 7, "as stored, the photos must differ"


def test_more_phrases_than_one_text_holds_are_read_in_passes(tmp_path, odd_photos):
    folder = region_checkpoints.grounding_dino(tmp_path / "grounding_dino")
    detector = load_detector(str(folder))
    phrases = [f"{phrase} {number}" for number in range(3) for phrase in PHRASES]
    passes = [first for _, first in detector.read(phrases)]
    assert len(passes) > 1
    found = detector.detect(odd_photos[0], phrases)
    parts = []
    for first, last in zip(passes, [*passes[1:], len(phrases)], strict=True):
        part = reference(folder, odd_photos[0], phrases[first:last], 0.25)
        parts.append((part.boxes, part.scores, part.phrases + first))
    boxes, scores, numbers = (np.concatenate(column) for column in zip(*parts, strict=True))
    assert same(found, within(odd_photos[0].size, boxes, scores, numbers))


def test_out_of_memory_halves_the_batch(tmp_path, odd_photos):
    """A batch that the memory does not take is one that torch refuses to allocate."""
    detector = load_detector(str(region_checkpoints.owlv2(tmp_path / "owlv2")), batch=4)
    embedder = detector.network.module.image_embedder

    def greedy(pixel_values):
        if len(pixel_values) > limit:
            torch.empty(1 << 60)
        return embedder(pixel_values)

    detector.network.module.image_embedder = greedy
    limit = 1
    found = detector.detect_all([odd_photos[0]] * 4, ["dog"])
    assert (len(found), detector.network.batch) == (4, 1)
    limit = 0
    with pytest.raises(DeviceError, match="too small for this model"):
        detector.detect(odd_photos[0], ["dog"])


def test_odd_phrases(folder, odd_photos):
    detector = load_detector(str(folder))
    assert len(detector.detect(odd_photos[0], [])) == 0
    with pytest.raises(QueryError, match="empty"):
        detector.detect(odd_photos[0], ["dog", " "])
    found = detector.detect(odd_photos[0], ["st. bernard", "…", "x" * 3000], threshold=0.0)
    assert set(found.phrases.tolist()) <= {0, 1, 2}
    assert len(detector.detect(odd_photos[0], ["dog"], threshold=1.0)) == 0


def lacks_a_weight(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights.pop(sorted(weights)[0])
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def lacks_its_processor(folder: Path) -> None:
    (folder / "processor_config.json").unlink()


def lacks_its_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


@pytest.mark.parametrize("harm", [lacks_a_weight, lacks_its_processor, lacks_its_tokenizer])
@pytest.mark.parametrize("name", WRITE)
def test_a_damaged_folder_is_one_line(tmp_path, name, harm):
    folder = WRITE[name](tmp_path / name)
    harm(folder)
    with pytest.raises(ModelDamaged) as told:
        load_detector(str(folder))
    assert "\n" not in str(told.value)


def test_names_lead_to_what_they_name(tmp_path):
    with pytest.raises(ModelMissing, match="lens models pull owlv2-b16"):
        load_detector("owlv2-b16")
    with pytest.raises(ModelMissing, match="clip is no detector"):
        load_detector(str(checkpoints.transformers_clip(tmp_path / "clip")))
    folder = region_checkpoints.owlv2(tmp_path / "owlv2")
    with pytest.raises(ModelMissing, match="owlv2-b16 is a detector and makes no vectors"):
        load_files(ModelFiles("owlv2-b16", MODELS["owlv2-b16"], folder, "1"))


def test_detections_are_checked_where_they_are_built():
    with pytest.raises(ValueError, match="no area"):
        Detections(np.array([[5, 5, 5, 9]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int64))
    with pytest.raises(ValueError, match=r"\(n, 4\)"):
        Detections(np.ones((2, 3), np.float32), np.ones(2, np.float32), np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="as many"):
        Detections(np.array([[0, 0, 1, 1]], np.float32), np.ones(2, np.float32), np.zeros(1, np.int64))
