"""The perceptual hash: what it survives, and that one hash knows how the photo looks mirrored and turned."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from lens.photos import read_photo
from lens.photos.measures import MIN_SIDE, measure, sharpness
from lens.photos.perceptual import BITS, COARSE, HASH_BYTES, distances, laid, perceptual_hash, unpacked, words

TURNS = [
    None,
    Image.Transpose.FLIP_LEFT_RIGHT,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.ROTATE_180,
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_270,
    Image.Transpose.ROTATE_90,
    Image.Transpose.TRANSVERSE,
]


@pytest.fixture(scope="module")
def greys(samples) -> list[Image.Image]:
    """As Pillow has them, so that it can edit them."""
    return [read_photo(file).image.convert("L") for file in sorted(samples.rglob("*.jpg"))[:12]]


def bits_of(images) -> np.ndarray:
    return unpacked([perceptual_hash(np.asarray(image)) for image in images])


def test_it_has_256_bits(greys):
    assert len(perceptual_hash(np.asarray(greys[0]))) == HASH_BYTES
    assert bits_of(greys).shape == (len(greys), BITS)


def test_it_is_the_signs_of_the_cosine_transform(greys):
    square = areas(np.asarray(greys[0], float), 64)
    places = (2 * np.arange(64) + 1) * np.pi / 128
    signs = [
        [(square * np.outer(np.cos(v * places), np.cos(u * places))).sum() > 0 for u in range(16)] for v in range(16)
    ]
    found = bits_of(greys[:1])[0]
    assert sorted(found[:COARSE]) == sorted(np.array(signs)[:8, :8].ravel())
    np.testing.assert_array_equal(found[:8], signs[0][:8])
    np.testing.assert_array_equal(found[-16:], signs[15])


def areas(pixels: np.ndarray, side: int) -> np.ndarray:
    """(side, side) whole numbers: the mean over the part of the picture that each pixel stands for."""

    def weights(length: int) -> np.ndarray:
        edges = np.linspace(0, length, side + 1)
        covered = np.minimum(edges[1:, None], np.arange(length) + 1) - np.maximum(edges[:-1, None], np.arange(length))
        return np.maximum(covered, 0) * side / length

    return np.rint(weights(pixels.shape[0]) @ pixels @ weights(pixels.shape[1]).T)


@pytest.mark.parametrize("laying", range(8))
def test_one_hash_knows_all_eight_layings(greys, laying):
    turned = [grey if TURNS[laying] is None else grey.transpose(TURNS[laying]) for grey in greys]
    differing = (laid(bits_of(greys), laying) != bits_of(turned)).sum(axis=1)
    assert differing.max() <= 4  # a resized photo is rounded first across, then down


def test_edits_change_few_bits_and_other_photos_many(greys):
    before = words(bits_of(greys))
    small = words(bits_of([grey.resize((grey.width // 3, grey.height // 3)) for grey in greys]))
    bright = words(bits_of([ImageEnhance.Brightness(grey).enhance(1.2) for grey in greys]))
    assert distances(before, small).max() < 20
    assert distances(before, bright).max() < 40
    others = [distances(before[i], before[j]) for i in range(len(greys)) for j in range(i)]
    assert min(others) > 80


def test_distances_are_counted_bit_by_bit(greys):
    bits = bits_of(greys)
    np.testing.assert_array_equal(distances(words(bits[:-1]), words(bits[1:])), (bits[:-1] != bits[1:]).sum(axis=1))


def test_measures_hardly_depend_on_how_small_a_photo_was_decoded(samples, tmp_path):
    """As encoders and thumbnails ask for other sizes in other runs."""
    for file in sorted(samples.rglob("*.jpg"))[:6]:
        with Image.open(file) as image:
            image.convert("RGB").resize((2400, 1800), Image.Resampling.BICUBIC).save(tmp_path / "large.jpg", quality=93)
        read = [read_photo(tmp_path / "large.jpg", min_side=side).image for side in (MIN_SIDE, 260, 450, None)]
        assert len({image.size for image in read}) > 2
        found = [measure(image) for image in read]
        hashes = words(unpacked([each.perceptual_hash for each in found]))
        assert distances(hashes[:1], hashes).max() <= 6
        for name, tolerance in (("sharpness", 0.03), ("luminance", 0.005), ("entropy", 0.05), ("highlights", 0.015)):
            values = [getattr(each, name) for each in found]
            assert max(values) - min(values) < tolerance, (file.name, name, values)


def test_a_blurred_photo_has_little_to_lose(greys):
    for grey in greys:
        small = grey.resize((341, 256))
        blurred = [small, *(small.filter(ImageFilter.GaussianBlur(radius)) for radius in (1, 2, 4))]
        series = [sharpness(np.asarray(each)) for each in blurred]
        assert series == sorted(series, reverse=True)
        assert series[0] - series[2] > 0.15


def test_sharpness_is_what_the_paper_says(greys):
    grey = greys[1].resize((90, 60))
    pixels = np.asarray(grey, float)
    lost = []
    for lines in (pixels, pixels.T):
        padded = np.pad(lines, ((0, 0), (4, 4)), mode="edge")
        blurred = np.stack([np.convolve(line, np.ones(9) / 9, "valid") for line in padded])
        before, after = abs(np.diff(lines)), abs(np.diff(blurred))
        lost.append(1 - (before - np.maximum(0, before - after)).sum() / before.sum())
    assert sharpness(np.asarray(grey)) == pytest.approx(min(lost), abs=0.005)


def test_a_plain_photo_has_neither_sharpness_nor_information():
    measures = measure(Image.new("RGB", (300, 200), "white"))
    assert (measures.sharpness, measures.entropy, measures.luminance, measures.highlights) == (0, 0, 1, 1)
    assert measure(Image.new("RGB", (1, 1), "black")).shadows == 1
