"""Pictures of what methods say: what was asked, what was said, what is right."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from lens.models.encoders.transformers import read_network
from lens.models.files import find
from lens.selfsup.anchored import Anchored
from lens.selfsup.backbones import convolutional, transformer
from lens.selfsup.colorization import Colorization
from lens.selfsup.colours import lab_of
from lens.selfsup.ijepa import IJEPA
from lens.selfsup.jigsaw import Jigsaw
from lens.selfsup.mae import MAE
from lens.selfsup.patches import backbone_of
from lens.selfsup.pictures import CELL, GAP, HEAD, columns, sheet
from lens.selfsup.rotation import Rotation
from lens.selfsup.simclr import SimCLR
from tests import checkpoints

SIDE = 48


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    """Smooth colours, (3, 64, 64, 3)."""
    coarse = torch.rand(3, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    large = functional.interpolate(coarse, size=(64, 64), mode="bilinear", align_corners=False)
    return (255 * large).byte().permute(0, 2, 3, 1).numpy()


def made(kind):
    torch.manual_seed(0)
    if kind in {MAE, IJEPA}:
        return kind(transformer("vit_tiny_patch16_224", SIDE, patch_size=8, embed_dim=48, depth=1, num_heads=3), SIDE)
    return kind(convolutional("resnet10t"), SIDE)


@pytest.mark.parametrize("kind", [Rotation, Jigsaw, Colorization, MAE, IJEPA])
def test_a_sheet_has_a_row_for_each_photo_and_changes_nothing(kind, photos):
    method = made(kind).train()
    before = {name: tensor.clone() for name, tensor in method.state_dict().items()}
    state = torch.random.get_rng_state()
    drawn = sheet(method, photos)
    assert drawn.size == (len(columns(method, photos)) * (CELL + GAP) + GAP, 3 * (CELL + GAP) + GAP + HEAD)
    assert np.array_equal(drawn, sheet(method, photos))
    assert method.training
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(before[name], tensor) for name, tensor in method.state_dict().items())
    assert [each.said for each in columns(Anchored(method, 1.0), photos)] == [
        each.said for each in columns(method, photos)
    ]


def test_a_method_with_nothing_to_see_has_no_sheet(photos):
    assert sheet(SimCLR(convolutional("resnet10t"), SIDE), photos) is None


def test_who_tells_the_right_turn_puts_photos_upright(photos, monkeypatch):
    method = made(Rotation)
    turned, _, right = columns(method, photos)
    told = [next(turn for turn in range(4) if torch.equal(one.rot90(turn, dims=(1, 2)), other))
            for one, other in zip(right.pictures, turned.pictures, strict=True)]  # fmt: skip
    assert any(told)
    monkeypatch.setattr(method.head, "forward", lambda _: functional.one_hot(torch.tensor(told), 4).float())
    _, upright, right = columns(method, photos)
    assert torch.equal(upright.pictures, right.pictures)


def test_who_tells_the_right_order_puts_jigsaws_right(photos, monkeypatch):
    method = made(Jigsaw)
    mixed, _, right = columns(method, photos)
    assert not torch.equal(mixed.pictures, right.pictures)
    monkeypatch.setattr(method, "told", lambda _, order: (order[:, None] == method.orders[None]).all(dim=2).float())
    _, ordered, right = columns(method, photos)
    assert torch.equal(ordered.pictures, right.pictures)


def test_colours_are_given_back_to_the_photos_lightness(photos):
    grey, given, right = columns(made(Colorization), photos)
    assert lab_of(grey.pictures)[:, 1:].abs().max() < 1
    assert (lab_of(right.pictures)[:, 1:].abs().amax() > 10).all()
    assert (lab_of(given.pictures)[:, :1] - lab_of(right.pictures)[:, :1]).abs().mean() < 3


def test_who_tells_hidden_patches_right_gives_the_photo_back(photos, monkeypatch):
    method = made(MAE)
    shown, _, right = columns(method, photos)
    same = ((shown.pictures - right.pictures).abs().amax(dim=1) < 1e-5).float()
    assert same.mean() == pytest.approx(0.25, abs=0.02)
    from lightly.models.utils import get_at_index, normalize_mean_var, patchify

    monkeypatch.setattr(
        method,
        "told",
        lambda view, _, hidden: get_at_index(normalize_mean_var(patchify(method.backbone.normalised(view), 8)), hidden),
    )
    _, told, right = columns(method, photos)
    assert torch.allclose(told.pictures, right.pictures, atol=1e-3)


def test_who_foresees_what_a_block_means_finds_it_again(photos, monkeypatch):
    method = made(IJEPA)
    from lightly.models.utils import get_at_index

    whole = method.meant(pixels_of(photos))
    monkeypatch.setattr(method, "predicted", lambda _, __, target: get_at_index(whole, target))
    seen, asked, found, elsewhere = (each.pictures for each in columns(method, photos))
    assert torch.equal(found, asked)
    same = (seen == pixels_of(photos)).all(dim=1) & (asked == pixels_of(photos)).all(dim=1)
    assert not same.any()  # what is asked for is not seen
    assert all((elsewhere[photo] - found[photo]).abs().max() > 0.01 for photo in range(len(photos)))
    [*_, lonely] = columns(method, photos[:1])
    assert lonely.said == "nearest to the answer"


def pixels_of(photos: np.ndarray) -> torch.Tensor:
    pixels = torch.from_numpy(photos).permute(0, 3, 1, 2).float() / 255
    return functional.interpolate(pixels, size=(SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)


def test_patches_of_published_networks_are_drawn_where_they_lie(photos, tmp_path):
    read = read_network(find(str(checkpoints.dino(tmp_path / "model"))))
    method = MAE(backbone_of(*read, "all", 100), 100)  # some pixels fill no patch
    shown, told, _ = columns(method, photos)
    assert shown.pictures.shape == told.pictures.shape == (3, 3, 96, 96)
