"""Patches of others' vision transformers: hidden as their own code would hide them, and where they lie."""

import pytest
import torch
import transformers
from torch.nn import functional

from lens.models.encoders.transformers import read_network
from lens.models.files import find
from lens.models.loading import load
from lens.selfsup.backbones import PatchBackbone
from lens.selfsup.ijepa import IJEPA
from lens.selfsup.mae import MAE
from lens.selfsup.patches import PublishedTransformer, backbone_of
from lens.selfsup.published import blocks_of, timm_network, tower_of
from tests import checkpoints

pytest.importorskip("lightly")

SIDE = checkpoints.SIDE
PATCH = 16
GRID = SIDE // PATCH
KINDS = [
    checkpoints.dinov2,
    checkpoints.dinov3,
    checkpoints.dino,
    checkpoints.mae,
    checkpoints.transformers_clip,
    checkpoints.transformers_siglip,
]


def made_of(folder) -> PublishedTransformer:
    files = find(str(folder))
    made = backbone_of(*read_network(files), "all", SIDE, files.path)
    assert isinstance(made, PublishedTransformer)
    return made.eval()


def anew(name: str = "test_vit") -> PublishedTransformer:
    torch.manual_seed(0)
    made = backbone_of(*timm_network(name), "scratch", SIDE)
    assert isinstance(made, PublishedTransformer)
    return made.eval()


def views(side: int = SIDE, count: int = 2) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))


@torch.no_grad()
def own(made: PublishedTransformer, of: torch.Tensor) -> torch.Tensor:
    """What the network itself says of all patches, without any of our code."""
    pixels, module = (of - made.mean) / made.std, made.network
    kind = module.config.model_type
    if kind == "timm_wrapper":
        return module.timm_model.forward_features(pixels)
    if kind in {"dinov2_with_registers", "dinov3_vit"}:
        return module(pixels).last_hidden_state
    if kind == "vit_mae":
        count = (of.shape[-1] // PATCH) ** 2
        order = torch.linspace(0, 1, count).expand(len(of), -1)
        return module(pixels, noise=order, interpolate_pos_encoding=True).last_hidden_state
    return getattr(module, "vision_model", module)(pixels, interpolate_pos_encoding=True).last_hidden_state


@pytest.mark.parametrize("side", [SIDE, 96])
@pytest.mark.parametrize("write", KINDS)
def test_all_patches_in_order_are_the_network_itself(tmp_path, write, side):
    made = made_of(write(tmp_path / "model"))
    same_as_itself(made, views(side))


@pytest.mark.parametrize("side", [SIDE, 96])
def test_all_patches_of_timm_s_are_the_network_itself(side):
    same_as_itself(anew(), views(side))


@torch.no_grad()
def same_as_itself(made: PublishedTransformer, of: torch.Tensor) -> None:
    expected = own(made, of)
    count = made.grid(of.shape[-1]) ** 2
    assert expected.shape[1] == made.prefix + count
    torch.testing.assert_close(made.of_some(of, torch.arange(count).expand(len(of), -1)), expected)
    features, patches = made.patches(of)
    torch.testing.assert_close(patches, expected[:, made.prefix :])
    torch.testing.assert_close(features, made(of))
    torch.testing.assert_close(made.map(of).flatten(2).transpose(1, 2), patches)


@pytest.mark.parametrize("write", KINDS)
def test_hidden_patches_tell_nothing_and_shown_ones_keep_their_place(tmp_path, write):
    made = made_of(write(tmp_path / "model"))
    of, shown = views(), torch.tensor([[6, 1, 11, 12], [0, 15, 3, 9]])
    hidden = torch.ones(2, GRID**2, dtype=torch.bool).scatter(1, shown, value=False)
    mask = functional.interpolate(hidden.view(2, 1, GRID, GRID).float(), scale_factor=PATCH)
    with torch.no_grad():
        tokens = made.of_some(of, shown)
        torch.testing.assert_close(made.of_some(of * (1 - mask), shown), tokens)
        turned = made.of_some(of, shown.flip(1))
        torch.testing.assert_close(turned[:, made.prefix :].flip(1), tokens[:, made.prefix :], rtol=1e-4, atol=1e-4)
        elsewhere = made.of_some(of, shown.roll(1, dims=0))
        assert (elsewhere - tokens).abs().max() > 0.01
        _, covered = made.patches(of, hidden)
        torch.testing.assert_close(made.patches(of * (1 - mask), hidden)[1], covered)
        assert (covered - made.patches(of)[1]).abs().max() > 0.01
        moved = (made.patches(of.roll(PATCH, dims=3), hidden)[1] - covered).abs().amax(dim=2)
        assert (moved > 1e-4).all()  # what hidden patches are thought to be depends on what is shown


def test_mask_tokens_are_put_where_dinov2_and_vit_put_them(tmp_path):
    hidden = torch.rand(2, GRID**2, generator=torch.Generator().manual_seed(1)) < 0.4
    for write in (checkpoints.dinov2, checkpoints.dinov3):
        made = made_of(write(tmp_path / write.__name__))
        token = made.network.embeddings.mask_token
        torch.testing.assert_close(made.mask_token, token.flatten())  # begins with the one that it came with
        for of in (views(), views(96)):
            covered = hidden if of.shape[-1] == SIDE else torch.rand(2, 36) < 0.4
            with torch.no_grad():
                right = made.network(made.normalised(of), bool_masked_pos=covered).last_hidden_state
                torch.testing.assert_close(made.patches(of, covered)[1], right[:, made.prefix :])
    module = checkpoints.draw(transformers.ViTModel(transformers.ViTConfig(**checkpoints.PHOTOS), use_mask_token=True))
    made = backbone_of(module, transformers.ViTImageProcessor(), "all", SIDE)
    with torch.no_grad():
        right = module(made.normalised(views()), bool_masked_pos=hidden).last_hidden_state
        torch.testing.assert_close(made.patches(views(), hidden)[1], right[:, 1:])


def test_some_patches_are_what_mae_s_own_encoder_says_of_them(tmp_path):
    made = made_of(checkpoints.mae(tmp_path / "model"))
    noise = torch.rand(2, GRID**2, generator=torch.Generator().manual_seed(1))
    shown = noise.argsort(dim=1)[:, : GRID**2 // 4]
    with torch.no_grad():
        said = made.of_some(views(), shown)
        made.network.config.mask_ratio = 0.75
        right = made.network(made.normalised(views()), noise=noise).last_hidden_state
    torch.testing.assert_close(said, right)


@pytest.mark.parametrize("write", KINDS)
def test_mae_s_encoder_sees_a_quarter(tmp_path, write):
    made = made_of(write(tmp_path / "model"))
    method, seen = MAE(made, SIDE), []
    for block in blocks_of(tower_of(made.network)):
        block.register_forward_hook(lambda *call: seen.append(call[2].shape[1]))
    method.loss([views(count=4)], 0.0).backward()
    assert seen == 2 * [made.prefix + GRID**2 // 4]
    assert all(each.grad is not None for each in made.projection.parameters() if each.requires_grad)


def test_what_ijepa_trains_is_encoded_as_the_mean_of_patches(tmp_path):
    method = IJEPA(made_of(checkpoints.dinov2(tmp_path / "model")), SIDE)
    saved = tmp_path / "saved"
    saved.mkdir()
    method.backbone.save(saved)
    encoder = load(str(saved), device="cpu", precision="float32", backend="torch")
    pixels = ((views() - method.backbone.mean) / method.backbone.std).numpy()
    said = torch.from_numpy(encoder.encode_prepared([{"pixel_values": each} for each in pixels]))
    right = own(method.backbone, views())[:, method.backbone.prefix :].mean(dim=1)
    torch.testing.assert_close(said, functional.normalize(right, dim=1), rtol=1e-4, atol=1e-5)
    made = anew()
    IJEPA(made, SIDE).backbone.save(tmp_path / "saved")
    assert load(str(saved), device="cpu").info.dim == made.dim


def test_words_keep_the_vectors_that_photos_have_beside_them(tmp_path):
    made = made_of(checkpoints.transformers_clip(tmp_path / "model"))
    before = made(views())
    made.by_mean()
    torch.testing.assert_close(made(views()), before)


@pytest.mark.parametrize("name", ["test_resnet", "test_convnext"])
def test_no_vision_transformer(name):
    assert not isinstance(backbone_of(*timm_network(name), "scratch", SIDE), PatchBackbone)


def test_where_positions_come_with_attention_no_patch_can_be_left_out():
    config = transformers.BeitConfig(**checkpoints.PHOTOS, use_relative_position_bias=True)
    module = checkpoints.draw(transformers.BeitModel(config))
    assert not isinstance(backbone_of(module, transformers.BeitImageProcessor(), "all", SIDE), PatchBackbone)


def test_what_fills_no_patch_is_left_out():
    made = anew()
    with torch.no_grad():
        torch.testing.assert_close(made(views(90)), made(views(90)[..., :80, :80]))
