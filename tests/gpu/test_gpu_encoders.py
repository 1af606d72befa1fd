"""Encoders on a GPU give what they give on the CPU."""

import numpy as np
import pytest

TEXTS = ["a red cube", "the small ball", "a photo of a dog on the sand"]
WRITERS = (
    *("open_clip_clip", "open_clip_siglip", "transformers_clip", "transformers_siglip", "transformers_siglip2"),
    *("dinov2", "dinov3", "dino", "mae", "resnet", "timm"),
)


@pytest.fixture(scope="module", params=WRITERS)
def folder(request, device, tmp_path_factory) -> str:
    from tests import checkpoints

    return str(getattr(checkpoints, request.param)(tmp_path_factory.mktemp("model") / request.param))


@pytest.fixture(scope="module")
def exact(folder):
    from lens.models import load

    return load(folder, device="cpu", precision="float32", backend="torch")


def vectors_of(encoder, pictures) -> np.ndarray:
    """(n, dim) of photos, and of texts where it knows any."""
    parts = [encoder.encode_images(pictures)]
    return np.concatenate([*parts, encoder.encode_texts(TEXTS)] if hasattr(encoder, "encode_texts") else parts)


def test_vectors_in_float32_are_those_of_the_cpu(folder, exact, device, pictures):
    from lens.models import load

    there = vectors_of(load(folder, device=device, precision="float32", batch=4), pictures)
    here = vectors_of(exact, pictures)
    assert there.dtype == np.float32
    assert np.linalg.norm(here[0] - here[1]) > 0.01, "different photos must get different vectors"
    np.testing.assert_allclose(there, here, atol=1e-4)


@pytest.mark.parametrize("precision", [None, "bfloat16"])
def test_vectors_in_half_precision_are_nearly_those_of_the_cpu(folder, exact, gpu, pictures, precision):
    from lens.models import load

    half = load(folder, device=gpu, precision=precision)
    there, here = vectors_of(half, pictures), vectors_of(exact, pictures)
    assert (there * here).sum(axis=1).min() > (0.999 if precision is None else 0.99)
    assert np.abs(there - here).max() > 1e-4, "nothing was rounded"


def test_a_gpu_gets_larger_batches_and_half_precision(folder, gpu):
    from lens.models.device import choose_compute

    chosen = choose_compute()
    assert (chosen.device, chosen.precision, chosen.free) == ("cuda", "float16", False)
    assert chosen.batch > choose_compute("cpu").batch
