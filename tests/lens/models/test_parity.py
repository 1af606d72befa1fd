"""Encoders against the libraries they come from: the same folder, the library's own preprocessing and forward pass."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
import transformers
from PIL import Image, ImageOps
from torch.nn import functional

from lens.models import load
from lens.photos import read_photo
from tests import checkpoints

TEXTS = ["a photo of a red cube on sand", "the small ball", "", "A large dog, in the snow!", "green " * 100]
SAME = 0.9999


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> list[Path]:
    """Photos of all the shapes and kinds that a collection holds."""
    folder = tmp_path_factory.mktemp("photos")
    whole = [Image.open(file) for file in sorted(samples.rglob("*.jpg"))[:7]]
    whole[0].resize((121, 87)).save(folder / "odd.jpg", quality=95)
    whole[1].resize((76, 113)).save(folder / "portrait.jpg", quality=95)
    whole[2].resize((240, 70)).save(folder / "panorama.png")
    whole[3].convert("L").resize((101, 80)).save(folder / "grey.png")
    whole[4].resize((33, 29)).save(folder / "small.webp", lossless=True)
    alpha = whole[5].resize((90, 90))
    alpha.putalpha(Image.linear_gradient("L").resize((90, 90)))
    alpha.save(folder / "alpha.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    whole[6].resize((120, 90)).save(folder / "rotated.jpg", exif=exif, quality=95)
    return sorted(folder.iterdir())


def upright(file: Path) -> Image.Image:
    """What is to be seen, by Pillow alone; what is transparent is white."""
    image = ImageOps.exif_transpose(Image.open(file))
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def unit(features: torch.Tensor) -> np.ndarray:
    return functional.normalize(features, dim=-1).numpy()


# The references --------------------------------------------------------------------------------------------------

Reference = Callable[[Sequence[Image.Image], Sequence[str]], tuple[np.ndarray, np.ndarray | None]]


@torch.inference_mode()
def by_open_clip(folder: Path, images: Sequence[Image.Image], texts: Sequence[str]):
    model, _, preprocess = open_clip.create_model_and_transforms(
        f"local-dir:{folder}", require_pretrained=True, pretrained_text=False
    )
    model.eval()
    tokens = open_clip.get_tokenizer(f"local-dir:{folder}")(texts)
    return (
        unit(torch.cat([model.encode_image(preprocess(image)[None]) for image in images])),
        unit(model.encode_text(tokens)),
    )


@torch.inference_mode()
def by_transformers_clip(folder: Path, images: Sequence[Image.Image], texts: Sequence[str]):
    model = transformers.CLIPModel.from_pretrained(folder)
    processor = transformers.CLIPImageProcessor.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    seen = [model.vision_model(**processor(image, return_tensors="pt")).pooler_output for image in images]
    read = [
        model.text_model(**tokenizer(text, truncation=True, max_length=16, return_tensors="pt")).pooler_output
        for text in texts
    ]
    return unit(model.visual_projection(torch.cat(seen))), unit(model.text_projection(torch.cat(read)))


@torch.inference_mode()
def by_transformers_siglip(folder: Path, images: Sequence[Image.Image], texts: Sequence[str]):
    model = transformers.AutoModel.from_pretrained(folder)
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    seen = [model.get_image_features(**processor(image, return_tensors="pt")).pooler_output for image in images]
    padded = tokenizer(texts, padding="max_length", max_length=16, truncation=True, return_tensors="pt")
    return unit(torch.cat(seen)), unit(model.text_model(input_ids=padded["input_ids"]).pooler_output)


@torch.inference_mode()
def by_transformers(folder: Path, images: Sequence[Image.Image], _: Sequence[str]):
    model = transformers.AutoModel.from_pretrained(folder)
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    model.config.mask_ratio = 0.0
    found = [model(**processor(image, return_tensors="pt")) for image in images]
    if folder.name in {"dinov2", "onnx_dinov2", "dinov3"}:
        pooled = [each.last_hidden_state[0, 0] for each in found]
    elif folder.name == "mae":
        pooled = [each.last_hidden_state[0, 1:].mean(dim=0) for each in found]
    else:
        pooled = [each.last_hidden_state[0].mean(dim=(1, 2)) for each in found]
    return unit(torch.stack(pooled)), None


CASES = {
    "open_clip": (checkpoints.open_clip_clip, by_open_clip),
    "open_clip_siglip": (checkpoints.open_clip_siglip, by_open_clip),
    "clip": (checkpoints.transformers_clip, by_transformers_clip),
    "siglip": (checkpoints.transformers_siglip, by_transformers_siglip),
    "siglip2": (checkpoints.transformers_siglip2, by_transformers_siglip),
    "dinov2": (checkpoints.dinov2, by_transformers),
    "dinov3": (checkpoints.dinov3, by_transformers),
    "mae": (checkpoints.mae, by_transformers),
    "resnet": (checkpoints.resnet, by_transformers),
    "onnx_siglip": (checkpoints.onnx_siglip, by_transformers_siglip),
    "onnx_dinov2": (checkpoints.onnx_dinov2, by_transformers),
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, files: list[Path]):
    """A folder of weights, and what its own library makes of the photos and texts."""
    write, reference = CASES[request.param]
    folder = write(tmp_path_factory.mktemp("model") / request.param)
    expected = reference(folder, [upright(file) for file in files], TEXTS)
    if request.param.startswith("onnx"):
        (folder / "model.safetensors").unlink()  # what torch needed; the graphs are to do without
    return folder, *expected


def lens_of(folder: Path, files: Sequence[Path]) -> np.ndarray:
    """Lens's vectors of photos, read as an index run reads them."""
    encoder = load(str(folder))
    return encoder.encode_images([read_photo(file, min_side=encoder.info.min_side).image for file in files])


def cosines(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    return (ours * theirs).sum(axis=1)


# The tests -------------------------------------------------------------------------------------------------------


def test_photos_get_the_vectors_of_their_own_library(case, files):
    folder, theirs, _ = case
    assert cosines(lens_of(folder, files), theirs).min() > SAME
    between = (theirs @ theirs.T)[np.triu_indices(len(files), 1)]
    assert between.max() < 0.999, "the photos must differ, or agreement says nothing"


def test_texts_get_the_vectors_of_their_own_library(case):
    folder, _, theirs = case
    encoder = load(str(folder))
    if theirs is None:
        assert not hasattr(encoder, "encode_texts")
        return
    assert cosines(encoder.encode_texts(TEXTS), theirs).min() > SAME
    assert (theirs @ theirs.T)[np.triu_indices(len(TEXTS), 1)].max() < 0.999
    one_by_one = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    assert cosines(one_by_one, theirs).min() > SAME
    assert encoder.encode_texts([]).shape == (0, encoder.info.dim)


ALTERED = {
    "open_clip": {
        "resize": {"resize_mode": "squash"},
        "interpolation": {"interpolation": "bilinear"},
        "normalisation": {"mean": (0.5, 0.5, 0.5)},
    },
    "clip": {
        "resize": {"size": {"shortest_edge": 70}},
        "crop": {"do_center_crop": False, "size": {"height": checkpoints.SIDE, "width": checkpoints.SIDE}},
        "interpolation": {"resample": 2},
        "normalisation": {"image_std": (0.5, 0.5, 0.5)},
    },
    "dinov2": {
        "resize": {"size": {"shortest_edge": 80}},
        "crop": {"do_center_crop": False, "size": {"height": checkpoints.SIDE, "width": checkpoints.SIDE}},
        "normalisation": {"do_normalize": False},
    },
}


@pytest.mark.parametrize(("name", "what"), [(name, what) for name, changes in ALTERED.items() for what in changes])
def test_an_altered_preprocessing_would_be_noticed(tmp_path, files, name, what):
    write, reference = CASES[name]
    folder = write(tmp_path / name)
    theirs, _ = reference(folder, [upright(file) for file in files], TEXTS)
    assert cosines(lens_of(folder, files), theirs).min() > SAME
    config = folder / ("open_clip_config.json" if name == "open_clip" else "preprocessor_config.json")
    held = json.loads(config.read_text())
    (held["preprocess_cfg"] if name == "open_clip" else held).update(ALTERED[name][what])
    config.write_text(json.dumps(held))
    assert cosines(lens_of(folder, files), theirs).min() < SAME


def test_a_photo_decoded_smaller_keeps_its_vector(tmp_path, samples):
    """Large JPEGs are decoded at a fraction of their size, which no library does by itself."""
    folder = checkpoints.open_clip_clip(tmp_path / "clip")
    encoder = load(str(folder))
    large = sorted(samples.rglob("*.jpg"))[:8]
    drafted = [read_photo(file, min_side=encoder.info.min_side).image for file in large]
    whole = [read_photo(file).image for file in large]
    assert sum(image.size != other.size for image, other in zip(drafted, whole, strict=True)) >= 5
    assert cosines(encoder.encode_images(drafted), encoder.encode_images(whole)).min() > 0.99


def test_logit_scale_and_bias_are_the_models_own(tmp_path):
    siglip = load(str(checkpoints.open_clip_siglip(tmp_path / "siglip"))).info
    assert (siglip.logit_scale, siglip.logit_bias) == (pytest.approx(1 / 0.07, rel=1e-4), -10)
    clip = load(str(checkpoints.transformers_clip(tmp_path / "clip"))).info
    assert (clip.logit_scale, clip.logit_bias) == (pytest.approx(np.exp(2.6592), rel=1e-4), None)
    dinov2 = load(str(checkpoints.dinov2(tmp_path / "dinov2"))).info
    assert (dinov2.logit_scale, dinov2.logit_bias) == (None, None)
