"""The built-in encoder, with its real weights."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lens.models.encoders.builtin import load_builtin
from lens.models.encoders.image_tower import ImageTower, input_size, prepare, reference_network
from lens.models.encoders.onnx import let_go_of_networks
from lens.models.encoders.text_tower import TextTower
from lens.models.weights import MINILM, locate

SHAPES = [(301, 467), (467, 301), (900, 301), (33, 250), (256, 256)]


@pytest.fixture(scope="module")
def odd_photos(samples: Path) -> list[Image.Image]:
    """Real photos cut to odd sizes, portrait and panorama among them."""
    files = sorted(samples.rglob("*.jpg"))[: len(SHAPES)]
    return [Image.open(path).convert("RGB").resize(shape) for path, shape in zip(files, SHAPES, strict=True)]


def test_image_tower_agrees_with_torch(odd_photos: list[Image.Image]) -> None:
    """Resize and normalisation are written out here anew, so that a change of either shows."""
    import torch

    network: Any = reference_network()
    features = ImageTower().encode([prepare(image) for image in odd_photos])
    for row, image in enumerate(odd_photos):
        size = input_size(*image.size)
        pixels = np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float32)
        with torch.inference_mode():
            x = (torch.from_numpy(pixels).permute(2, 0, 1)[None] - 127) / 128
            pooled = network.global_pool(network.forward_features(x))[0].numpy()
            logits = network(x)[0].numpy()
        np.testing.assert_allclose(features.pooled[row], pooled, atol=1e-3)
        np.testing.assert_allclose(features.logits[row], logits, atol=1e-3)
        assert features.pooled[row] @ pooled / np.linalg.norm(features.pooled[row]) / np.linalg.norm(pooled) > 0.9999


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (4000, 3000), (3000, 1000), (1, 5000), (256, 256)])
def test_the_input_keeps_the_proportions(size: tuple[int, int]) -> None:
    width, height = input_size(*size)
    assert width % 32 == height % 32 == 0
    assert abs(width * height / 256**2 - 1) < 0.12
    assert (width > height) == (size[0] > size[1]) or width == height
    if 0.5 < size[0] / size[1] < 2:
        assert abs(np.log(width / height) - np.log(size[0] / size[1])) < 0.12


def test_text_tower_agrees_with_transformers() -> None:
    """Mean pooling over the tokens of each text, as sentence-transformers does for this model."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    folder = locate(MINILM).parent
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    texts = ["a dog", "", "café ☃ 日本", "A man in a red shirt rides a bicycle past a wall .", "word " * 400]
    embeddings = TextTower().encode(texts)
    for text, embedding in zip(texts, embeddings, strict=True):
        tokens = tokenizer(text, return_tensors="pt", truncation=True, max_length=256)
        with torch.inference_mode():
            expected = model(**tokens).last_hidden_state[0].mean(dim=0).numpy()
        assert embedding @ expected / np.linalg.norm(expected) > 0.9999


def test_vectors_have_unit_norm_and_do_not_depend_on_their_neighbours(odd_photos: list[Image.Image]) -> None:
    encoder = load_builtin()
    photos, texts = encoder.encode_images(odd_photos), encoder.encode_texts(["a dog", "a much longer text than that"])
    assert photos.shape == (len(odd_photos), encoder.info.dim)
    assert photos.dtype == texts.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(np.concatenate([photos, texts]), axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(encoder.encode_images(odd_photos[1:2])[0], photos[1], atol=1e-4)
    np.testing.assert_allclose(encoder.encode_texts(["a dog"])[0], texts[0], atol=1e-4)
    assert encoder.encode_images([]).shape == encoder.encode_texts([]).shape == (0, encoder.info.dim)


def test_networks_that_were_let_go_are_loaded_again(odd_photos: list[Image.Image]) -> None:
    encoder = load_builtin()
    photos, texts = encoder.encode_images(odd_photos), encoder.encode_texts(["a dog"])
    let_go_of_networks()
    np.testing.assert_array_equal(encoder.encode_images(odd_photos), photos)
    np.testing.assert_array_equal(encoder.encode_texts(["a dog"]), texts)


def test_it_finds_what_caltech_shows(shared_data: Path) -> None:
    names = ["sunflower", "airplanes", "pizza", "dalmatian"]
    photos = [Image.open(min((shared_data / "caltech101" / name).iterdir())).convert("RGB") for name in names]
    encoder = load_builtin()
    texts = encoder.encode_texts(["a sunflower", "an airplane", "a pizza", "a dalmatian dog"])
    assert (encoder.encode_images(photos) @ texts.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_torch_is_not_imported_once_the_cache_is_warm() -> None:
    encoder = load_builtin()
    encoder.encode_texts(["warm"])
    encoder.encode_images([Image.new("RGB", (300, 200))])
    program = (
        "import sys; from PIL import Image; from lens.models.encoders.builtin import load_builtin; e = load_builtin();"
        "e.encode_texts(['a']); assert '_images' not in vars(e); e.encode_images([Image.new('RGB', (300, 200))]);"
        "sys.exit('torch' in sys.modules or 'timm' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", program], check=False, env=environment).returncode == 0
