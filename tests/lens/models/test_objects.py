"""LOST and TokenCut against naive versions, the keys that they are given, and the objects they find in photos."""

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from lens import Library
from lens.errors import ModelMissing, QueryError
from lens.labeling.masks import decoded
from lens.models.objects import vit
from lens.models.objects.discovery import lost, separation, tokencut
from lens.models.objects.finder import ObjectFinder, load_objects
from lens_indexes import RegionState
from tests.checkpoints import draw, transformers_clip

TINY = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "patch_size": 8, "image_size": 32}
KINDS = {
    "dino": lambda: transformers.ViTModel(transformers.ViTConfig(**TINY), add_pooling_layer=False),
    "dinov2": lambda: transformers.Dinov2Model(transformers.Dinov2Config(**TINY)),
    "registers": lambda: transformers.Dinov2WithRegistersModel(
        transformers.Dinov2WithRegistersConfig(**TINY, num_register_tokens=4)
    ),
}


def scene_of_patches(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(12, 16, 8) patches of a varied ground with one object on it, and where that is."""
    rng = np.random.default_rng(seed)
    there = np.zeros((12, 16), bool)
    there[3:8, 9:14] = True
    patches = rng.normal(0, 0.3, (12, 16, 8)) + np.where(
        there[..., None], [-2, 0, 0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0]
    )
    return patches.astype(np.float32), there


def flood(chosen: np.ndarray, seed: tuple[int, int]) -> np.ndarray:
    found, edge = np.zeros_like(chosen), [seed] if chosen[seed] else []
    while edge:
        y, x = edge.pop()
        if 0 <= y < chosen.shape[0] and 0 <= x < chosen.shape[1] and chosen[y, x] and not found[y, x]:
            found[y, x] = True
            edge += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
    return found


def naive_lost(patches: np.ndarray, expansion: int = 100) -> np.ndarray:
    places = list(np.ndindex(patches.shape[:2]))
    degrees = [sum(patches[one] @ patches[other] > 0 for other in places if other != one) for one in places]
    order = sorted(range(len(places)), key=lambda number: degrees[number])
    seed = places[order[0]]
    seeds = [places[number] for number in order[:expansion] if patches[places[number]] @ patches[seed] > 0]
    alike = np.zeros(patches.shape[:2], bool)
    for place in places:
        alike[place] = sum(patches[place] @ patches[each] for each in seeds) > 0
    return flood(alike, seed)


def naive_tokencut(patches: np.ndarray) -> np.ndarray:
    places = list(np.ndindex(patches.shape[:2]))
    weights = np.empty((len(places), len(places)))
    for row, one in enumerate(places):
        for column, other in enumerate(places):
            cosine = patches[one] @ patches[other] / np.linalg.norm(patches[one]) / np.linalg.norm(patches[other])
            weights[row, column] = 1 if cosine > 0.2 else 1e-5
    root = np.diag(weights.sum(axis=1) ** -0.5)
    _, vectors = np.linalg.eigh(np.eye(len(places)) - root @ weights @ root)
    second = (root @ vectors[:, 1]).reshape(patches.shape[:2])
    seed = tuple(map(int, np.unravel_index(np.abs(second).argmax(), second.shape)))
    high = second > second.mean()
    return flood(high == high[seed], seed)


@pytest.mark.parametrize("seed", range(3))
def test_both_methods_find_the_object_that_is_there(seed):
    patches, there = scene_of_patches(seed)
    assert (lost(patches) == there).mean() > 0.97
    assert (tokencut(patches) == there).mean() > 0.97


def test_both_methods_are_those_of_naive_versions():
    sizes = set()
    for seed in range(4):
        rng = np.random.default_rng(seed)
        smooth = np.kron(rng.normal(size=(4, 5, 6)), np.ones((2, 2, 1))) + rng.normal(0, 0.4, (8, 10, 6))
        patches = smooth.astype(np.float32)
        np.testing.assert_array_equal(lost(patches), naive_lost(patches))
        np.testing.assert_array_equal(tokencut(patches), naive_tokencut(patches))
        sizes |= {int(lost(patches).sum()), int(tokencut(patches).sum())}
    assert len(sizes) > 3 and min(sizes) > 0


def test_what_is_all_alike_has_no_object():
    plain = np.ones((3, 4, 5), np.float32)
    for found in (lost(plain), tokencut(plain), tokencut(np.ones((1, 1, 5), np.float32))):
        assert separation(plain[: found.shape[0], : found.shape[1]], found) == 0


def test_separation_is_larger_for_the_object_than_for_another_part():
    patches, there = scene_of_patches()
    assert separation(patches, there) > separation(patches, np.roll(there, -5, axis=1)) + 0.2
    assert 0 < separation(patches, there) <= 1


@pytest.fixture(params=KINDS)
def checkpoint(request, tmp_path) -> Path:
    draw(KINDS[request.param]()).save_pretrained(tmp_path / request.param)
    transformers.ViTImageProcessor(image_mean=[0.4, 0.5, 0.6], image_std=[0.2, 0.3, 0.25]).save_pretrained(
        tmp_path / request.param
    )
    return tmp_path / request.param


def test_patches_are_the_keys_of_the_last_layer(checkpoint):
    image = Image.fromarray(np.random.default_rng(5).integers(0, 256, (vit.SIDE // 2, vit.SIDE, 3), np.uint8))
    encoder = load_objects(str(checkpoint))._encoder
    found = encoder.patches(image)
    assert found.shape == (vit.SIDE // 16, vit.SIDE // 8, 32)

    module = transformers.AutoModel.from_pretrained(checkpoint).eval()
    layers = module.layers if hasattr(module, "layers") else module.encoder.layer
    norm = next(layer for name, layer in layers[-1].named_children() if name in ("layernorm_before", "norm1"))
    pixels = (np.asarray(image, np.float32) / 255 - [0.4, 0.5, 0.6]) / [0.2, 0.3, 0.25]
    pixels = torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32))
    flexible = {"interpolate_pos_encoding": True} if module.config.model_type == "vit" else {}
    with torch.inference_mode():
        states = module(pixels, output_hidden_states=True, **flexible).hidden_states[-2]
        keys = layers[-1].attention.k_proj(norm(states))[0]
    before = {"vit": 1, "dinov2": 1, "dinov2_with_registers": 5}[module.config.model_type]
    np.testing.assert_allclose(found.reshape(-1, 32), keys[before:].numpy(), atol=1e-4)
    assert found.std(axis=(0, 1)).min() > 1e-3


def test_photos_of_any_shape(checkpoint):
    finder = load_objects(str(checkpoint), "lost")
    for size in ((1, 1), (300, 7), (33, 57)):
        image = Image.fromarray(np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8))
        found = finder.detect(image, ["object"])
        assert len(found) <= 1
        assert (found.boxes[:, 2:] <= np.array(size)).all()


@pytest.fixture(scope="module")
def thing(shared_data: Path) -> Image.Image:
    """A zebra on a lawn, at 250, 150 to 500, 400."""
    grain = np.random.default_rng(0).normal((90, 140, 60), 12, (480, 640, 3)).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(grain)
    with Image.open(shared_data / "imagenet-sample" / "n02391049_zebra.jpg") as opened:
        image.paste(opened.convert("RGB").resize((250, 250)), (250, 150))
    return image


def test_the_built_in_tower_finds_what_lies_on_a_lawn(thing):
    found = load_objects().detect(thing, ["object"])
    x0, y0, x1, y1 = found.boxes[0]
    shared = max(0, min(x1, 500) - max(x0, 250)) * max(0, min(y1, 400) - max(y0, 150))
    assert shared / ((x1 - x0) * (y1 - y0) + 250**2 - shared) > 0.5
    assert found.scores[0] > 0.2
    assert len(load_objects().detect(thing, [])) == 0


def test_objects_become_regions_once(thing, tmp_path):
    (tmp_path / "photos").mkdir()
    thing.save(tmp_path / "photos" / "zebra.png")
    library = Library.open(tmp_path / "index")
    library.index([tmp_path / "photos"])
    report = library.labels.objects()
    assert (report.source, report.regions, report.labelled) == ("objects builtin", 1, 1)
    (photo,) = library.search("zebra", top=1)[:1]
    (region,) = library._index().regions.of_photos([photo.id])
    assert (region.category, region.source, region.state) == ("object", "objects builtin", RegionState.PROPOSED)
    mask = decoded(region.mask, region.width, region.height)
    assert mask[150:400, 250:500].sum() > 0.5 * mask.sum() > 0
    again = library.labels.objects()
    assert (again.labelled, again.already, again.regions) == (0, 1, 0)


def test_names_lead_to_what_finds_objects(tmp_path):
    with pytest.raises(QueryError, match="tokencut"):
        load_objects(method="guess")
    with pytest.raises(ModelMissing, match="clip finds no objects"):
        load_objects(str(transformers_clip(tmp_path / "clip")))
    assert isinstance(load_objects(), ObjectFinder)
