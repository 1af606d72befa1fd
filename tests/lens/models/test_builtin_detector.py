"""The built-in detector: pieces of a map against a naive clustering, and things pasted where they can be found."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from lens.errors import QueryError
from lens.models.detectors import builtin
from lens.models.detectors.builtin import BuiltinDetector, load
from lens.models.detectors.loading import load_detector
from lens.models.detectors.proposals import Proposals, merges, proposals
from lens.models.encoders.image_maps import MapTower
from lens.models.encoders.image_tower import ImageTower, prepare
from lens.models.segmenters.loading import load_segmenter


@pytest.fixture(scope="module")
def detector() -> BuiltinDetector:
    return load()


@pytest.fixture(scope="module")
def scene(shared_data: Path) -> tuple[Image.Image, dict[str, tuple[int, int, int, int]]]:
    """A dog and a school bus on a blurred lawn, and where they are."""
    rng = np.random.default_rng(0)
    grain = rng.normal((90, 140, 60), 12, (480, 640, 3)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(grain).filter(ImageFilter.GaussianBlur(1))
    places = {"dog": (40, 60, 280, 300), "bus": (340, 200, 620, 420)}
    files = {"dog": "n02099601_golden_retriever.jpg", "bus": "n04146614_school_bus.jpg"}
    for name, place in places.items():
        with Image.open(shared_data / "imagenet-sample" / files[name]) as opened:
            image.paste(opened.convert("RGB").resize((place[2] - place[0], place[3] - place[1])), place[:2])
    return image, places


def iou(one: np.ndarray, other: tuple[int, int, int, int]) -> float:
    shared = np.prod(np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None))
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return float(shared / (sum(areas) - shared))


def naive_merges(places: np.ndarray) -> set[tuple[float, ...]]:
    """Boxes of pieces with the distance at which they were merged away, by looking at all pairs each time."""
    rows, columns, _ = places.shape
    pieces = {frozenset({(y, x)}) for y in range(rows) for x in range(columns)}
    found = set()
    while len(pieces) > 1:
        best = None
        for one in pieces:
            for other in pieces:
                touching = any(abs(a - c) + abs(b - d) == 1 for a, b in one for c, d in other)
                if one is other or not touching:
                    continue
                apart = np.mean([places[at] for at in one], axis=0) - np.mean([places[at] for at in other], axis=0)
                far = np.sqrt(2 * len(one) * len(other) / (len(one) + len(other)) * (apart**2).sum())
                if best is None or far < best[0]:
                    best = far, one, other
        assert best
        far, *pair = best
        for piece in pair:
            if len(piece) > 1:
                ys, xs = zip(*piece, strict=True)
                found.add((min(xs), min(ys), max(xs) + 1, max(ys) + 1, round(float(far), 6)))
        pieces = (pieces - set(pair)) | {pair[0] | pair[1]}
    return found


def test_pieces_are_those_of_a_naive_clustering():
    places = np.random.default_rng(3).normal(size=(3, 5, 3))
    boxes, distinct = merges(places)
    found = {(*box.tolist(), round(float(far), 6)) for box, far in zip(boxes, distinct, strict=True)}
    assert len(found) > 10
    assert found == naive_merges(places)


def test_the_most_distinct_piece_is_the_one_that_differs():
    places = np.random.default_rng(0).normal(0, 0.1, (12, 16, 4))
    places[3:9, 5:12] += [3, 0, -2, 0]
    boxes, distinct = merges(places)
    assert boxes[distinct.argmax()].tolist() in ([5, 3, 12, 9], [0, 0, 16, 12])
    assert [5, 3, 12, 9] in boxes[np.argsort(-distinct)[:2]].tolist()


def test_things_are_proposed_before_anything_else(scene):
    image, places = scene
    found = proposals(MapTower(), image, 20)
    assert found.boxes[0].tolist() == [0, 0, 640, 480]
    assert len(found.boxes) <= 21
    assert (found.distinct <= 1).all() and (np.diff(found.distinct[1:]) <= 0).all()
    for place in places.values():
        assert max(iou(box, place) for box in found.boxes) > 0.7


def test_phrases_are_found_where_they_are(detector, scene):
    image, places = scene
    phrases = ["dog", "bus", "pizza"]
    found = detector.detect(image, phrases, threshold=0)
    for number, name in enumerate(("dog", "bus")):
        boxes = found.boxes[found.phrases == number]
        assert iou(boxes[0], places[name]) > 0.5
    assert found.scores[found.phrases == 0].max() > 10 * found.scores[found.phrases == 2].max()
    assert (np.diff(found.scores) <= 0).all()


def test_what_else_is_asked_for_changes_nothing(detector, scene):
    image, _ = scene
    alone = detector.detect(image, [" dog "], threshold=0)
    among = detector.detect(image, ["cat", "dog"], threshold=0)
    np.testing.assert_allclose(alone.boxes, among.boxes[among.phrases == 1], atol=1e-3)  # pixels
    np.testing.assert_allclose(alone.scores, among.scores[among.phrases == 1], rtol=1e-5)


def test_a_threshold_keeps_what_exceeds_it(detector, scene):
    image, _ = scene
    every = detector.detect(image, ["dog"], threshold=0)
    middle = float(np.median(every.scores))
    some = detector.detect(image, ["dog"], threshold=middle)
    assert 0 < len(some) < len(every)
    assert (some.scores > middle).all()
    assert len(detector.detect(image, [])) == 0
    with pytest.raises(QueryError, match="empty"):
        detector.detect(image, ["dog", " "])


@pytest.mark.parametrize("size", [(1, 1), (900, 20), (31, 400)])
def test_photos_of_any_shape(detector, size):
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    (found,) = detector.detect_all([Image.fromarray(pixels)], ["dog"], threshold=0)
    assert len(found)
    assert (found.boxes >= 0).all() and (found.boxes[:, 2:] <= np.array(size)).all()


def test_phrases_become_masks_by_boxes(scene):
    image, places = scene
    segmenter = load_segmenter("builtin")
    segmenter.set_image(image)
    found = segmenter.segment(phrases=["dog", "bus"])
    dog = found.masks[list(found.prompts).index(0)]
    left, top, right, bottom = places["dog"]
    assert dog[top:bottom, left:right].sum() > 0.7 * dog.sum() > 0


def test_builtin_is_loaded_by_name():
    assert load_detector("builtin").info.name == "builtin"


def test_maps_pooled_are_what_the_encoder_sees():
    image = Image.fromarray(np.random.default_rng(2).integers(0, 256, (256, 256, 3), np.uint8))
    maps = MapTower().maps(image, 256)
    pooled = ImageTower().encode([prepare(image)]).pooled[0]
    np.testing.assert_allclose(maps.last.mean(axis=(1, 2)), pooled, rtol=1e-4, atol=1e-5)
    assert maps.fine.shape == (120, 16, 16) and maps.coarse.shape == (352, 8, 8)


def test_boxes_that_overlap_have_a_say_in_where_one_lies(detector, scene, monkeypatch):
    image, _ = scene
    boxes = np.array([[0, 0, 640, 480], [40, 60, 280, 300], [44, 60, 300, 300], [400, 0, 500, 90]], np.float32)
    made = Proposals(boxes, np.array([1, 1, 0.8, 0.1], np.float32))
    monkeypatch.setattr(builtin, "proposals", lambda *_: made)
    likely = dict(zip(map(tuple, boxes.tolist()), ([0.25], [0.6], [0.5], [0.4]), strict=True))
    monkeypatch.setattr(detector, "likeness", lambda *_: np.array([likely[0, 0, 640, 480]], np.float32))
    monkeypatch.setattr(
        detector, "_likely", lambda _, some, __: np.array([likely[tuple(box)] for box in some.tolist()]).reshape(-1, 1)
    )
    found = detector.detect(image, ["dog"], threshold=0)
    first, second = (0.6 * 0.5) ** 2, (0.5 * 0.5 * 0.8) ** 2
    expected = (boxes[1] * first + boxes[2] * second) / (first + second)
    np.testing.assert_allclose(found.boxes[0], expected, rtol=1e-5)
    # The whole photo lies around the best box, and the last box in the whole photo.
    np.testing.assert_allclose(found.scores, [0.3, 0.0125, 0.002], rtol=1e-5)


def by_all_boxes(detector: BuiltinDetector, image: Image.Image, phrases: list[str], threshold: float) -> list[tuple]:
    """Naively: every box is looked at, whether or not it can matter. Phrase, score and box."""
    found = proposals(detector.tower, image, builtin.PROPOSALS)
    parts = [image.crop((*np.floor(box[:2]).astype(int), *np.ceil(box[2:]).astype(int))) for box in found.boxes]
    likely = detector.likeness(detector.encoder.encode_images(parts), phrases)
    scores = likely * np.sqrt(likely[0]) * found.distinct[:, None]
    results = []
    for phrase in range(len(phrases)):
        of = scores[:, phrase]
        kept: list[int] = []
        for box in np.argsort(-of, kind="stable"):
            if of[box] > threshold and all(iou(found.boxes[box], tuple(found.boxes[one])) <= 0.5 for one in kept):
                kept.append(int(box))
        for place, box in enumerate(kept):
            votes = np.array(
                [of[n] ** 2 * (iou(found.boxes[box], tuple(each)) > 0.5) for n, each in enumerate(found.boxes)]
            )
            around = [earlier for earlier in kept[:place] if shares(found.boxes[box], found.boxes[earlier]) > 0.8]
            score = of[box] * (0.1 if around else 1)
            if score > threshold:
                results.append((phrase, float(score), *(votes @ found.boxes / votes.sum())))
    return sorted(results)


def shares(one: np.ndarray, other: np.ndarray) -> float:
    """The shared area in parts of the smaller box's."""
    shared = np.prod(np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None))
    return float(shared / min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)))


@pytest.mark.parametrize("threshold", [0.01, 0.05])
def test_boxes_that_are_not_looked_at_change_nothing(detector, scene, threshold, monkeypatch):
    image, phrases = scene[0], ["dog", "bus", "pizza"]
    expected = np.array(by_all_boxes(detector, image, phrases, threshold))
    looked, encode = [], detector.encoder.encode_images
    monkeypatch.setattr(detector.encoder, "encode_images", lambda images: looked.append(len(images)) or encode(images))
    found = detector.detect(image, phrases, threshold)
    rows = np.array(sorted(zip(found.phrases, found.scores, *found.boxes.T, strict=True)))
    np.testing.assert_allclose(rows, expected, atol=1e-3)  # pixels
    assert len(rows) >= 2
    assert sum(looked) <= builtin.PROPOSALS + 2


def test_a_photo_that_shows_nothing_of_it_is_looked_at_once(detector, scene, monkeypatch):
    looked, encode = [], detector.encoder.encode_images
    monkeypatch.setattr(detector.encoder, "encode_images", lambda images: looked.append(len(images)) or encode(images))
    assert len(detector.detect(scene[0], ["aircraft carrier"])) == 0
    assert sum(looked) == 1
