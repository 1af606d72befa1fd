"""Networks of others as backbones: they say what their encoders say, and only what is asked for is trained."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import cosine_similarity, interpolate

from lens.errors import TuneError
from lens.models.encoders.transformers import read_network
from lens.models.files import find
from lens.models.loading import load
from lens.selfsup import published
from lens.selfsup.patches import backbone_of
from lens.selfsup.published import PublishedBackbone, timm_network
from tests import checkpoints

pytest.importorskip("lightly")

SIDE = checkpoints.SIDE
KINDS = [checkpoints.dinov2, checkpoints.dinov3, checkpoints.dino, checkpoints.mae, checkpoints.resnet]
BOTH = [checkpoints.transformers_clip, checkpoints.transformers_siglip]


def backbone(folder, trained="all", side=SIDE) -> PublishedBackbone:
    files = find(str(folder))
    return backbone_of(*read_network(files, weights=trained != "scratch"), trained, side, files.path)


def trained_names(made: PublishedBackbone) -> set[str]:
    return {name for name, each in made.network.named_parameters() if each.requires_grad}


def some_views(count: int = 3) -> torch.Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def as_encoded(folder, views: torch.Tensor) -> torch.Tensor:
    """What the encoder of a folder says of views, as photos that it need not resize."""
    encoder = load(str(folder), device="cpu", precision="float32", backend="torch")
    made = backbone(folder)
    pixels = (views - made.mean) / made.std
    return torch.from_numpy(encoder.encode_prepared([{"pixel_values": each.numpy()} for each in pixels]))


@pytest.mark.parametrize("write", KINDS + BOTH)
def test_it_says_what_the_encoder_says(tmp_path, write):
    folder, views = write(tmp_path / "model"), some_views()
    made = backbone(folder).train()  # which changes nothing
    with torch.no_grad():
        said, places = made(views), made.map(views)
    assert said.shape == (3, made.dim)
    assert cosine_similarity(said, as_encoded(folder, views)).min() > 0.9999
    assert places.shape[:2] == (3, made.width)
    assert places.shape[2] == places.shape[3]
    with torch.no_grad():
        assert made(interpolate(views, (96, 96))).shape == (3, made.dim)  # views of another size


def test_places_lie_where_they_are(tmp_path):
    made = backbone(checkpoints.dinov2(tmp_path / "model"))
    views = some_views(1)
    changed = views.clone()
    changed[..., 16:32, 48:64] = 0  # the patch of row 1, column 3
    with torch.no_grad():
        apart = (made.map(views) - made.map(changed)).norm(dim=1)[0]
    assert divmod(int(apart.argmax()), 4) == (1, 3)


def test_mae_s_places_are_not_mixed_up(tmp_path):
    made = backbone(checkpoints.mae(tmp_path / "model"))
    with torch.no_grad():
        torch.testing.assert_close(made.map(some_views()), made.map(some_views()), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("write", KINDS)
def test_the_last_blocks_and_what_follows(tmp_path, write, monkeypatch):
    monkeypatch.setattr(published, "FREE", 1)
    folder = write(tmp_path / "model")
    last, whole = trained_names(backbone(folder, "last")), trained_names(backbone(folder))
    assert 0 < len(last) < len(whole)
    assert not [name for name in last if "embed" in name]
    assert trained_names(backbone(folder, "scratch")) == whole


def test_of_two_towers_only_that_of_photos_is_trained(tmp_path):
    names = trained_names(backbone(checkpoints.transformers_clip(tmp_path / "model")))
    assert names
    assert all(name.startswith("vision_model.") for name in names)


def test_scratch_begins_with_other_weights(tmp_path):
    folder, views = checkpoints.dinov2(tmp_path / "model"), some_views()
    torch.manual_seed(1)
    with torch.no_grad():
        assert cosine_similarity(backbone(folder, "scratch")(views), as_encoded(folder, views)).max() < 0.9


@pytest.mark.parametrize("write", [checkpoints.dinov2, checkpoints.dino, checkpoints.transformers_clip])
def test_lora_begins_where_the_network_is_and_is_merged(tmp_path, write):
    folder, views = write(tmp_path / "model"), some_views()
    made = backbone(folder, "lora")
    names = trained_names(made)
    assert names
    assert all("lora_" in name for name in names)
    before = made(views)
    assert cosine_similarity(before, as_encoded(folder, views)).min() > 0.9999
    optimizer = torch.optim.SGD([each for each in made.parameters() if each.requires_grad], lr=1.0)
    for _ in range(3):
        optimizer.zero_grad()
        cosine_similarity(made(views), before.detach().roll(1, 0)).mean().neg().backward()
        optimizer.step()
    after = made(views).detach()
    assert cosine_similarity(after, before).min() < 0.999
    saved = tmp_path / "saved"
    saved.mkdir()
    made.save(saved)
    assert cosine_similarity(as_encoded(saved, views), after).min() > 0.9999
    torch.testing.assert_close(made(views).detach(), after)  # which saving leaves as it was


def test_lora_needs_linear_layers(tmp_path):
    with pytest.raises(TuneError, match="no linear layers"):
        backbone(checkpoints.resnet(tmp_path / "model"), "lora")


@pytest.mark.parametrize("name", ["test_vit", "test_resnet"])
def test_timm_s_networks_from_a_folder_of_the_hub(tmp_path, name):
    folder = tmp_path / "model"
    folder.mkdir()
    made = backbone(checkpoints.timm(folder, name))
    views = interpolate(some_views(), (160, 160))  # the side of timm's small networks
    with torch.no_grad():
        said = made(views)
        assert cosine_similarity(said, as_encoded(folder, views)).min() > 0.9999
        assert made(some_views()).shape == said.shape  # views of another size
        assert made.map(views).shape[:2] == (3, made.width)


@pytest.mark.parametrize("name", ["test_vit", "test_resnet"])
def test_timm_s_networks_anew(tmp_path, name):
    made = backbone_of(*timm_network(name), "scratch", SIDE)
    with torch.no_grad():
        made.train()(some_views())
        assert made(some_views()[:, :, :48, :48]).shape == (3, made.dim)
    made.save(tmp_path)
    encoder = load(str(tmp_path), device="cpu", precision="float32", backend="torch")
    photo = Image.fromarray((255 * np.random.default_rng(0).random((160, 160, 3))).astype(np.uint8))
    [pixels] = [encoder.prepare(photo)["pixel_values"]]
    views = torch.from_numpy(pixels)[None] * made.std + made.mean
    with torch.no_grad():
        said = made.eval()(views)
    assert cosine_similarity(said, torch.from_numpy(encoder.encode_images([photo]))).min() > 0.9999


def test_what_timm_does_not_have():
    with pytest.raises(TuneError, match="is test_vit"):
        timm_network("test_vi")
