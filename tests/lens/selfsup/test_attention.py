"""Where transformers look: what their own softmax says, in the photo's order, whatever library they are of."""

import numpy as np
import pytest
import torch

from lens.models.encoders.transformers import read_network
from lens.models.files import find
from lens.selfsup.attention import attention, looks
from lens.selfsup.backbones import convolutional
from lens.selfsup.pictures import CELL, GAP
from lens.selfsup.published import PublishedBackbone, timm_network
from tests import checkpoints

pytest.importorskip("lightly")

SIDE = checkpoints.SIDE
KINDS = [checkpoints.dinov2, checkpoints.dinov3, checkpoints.dino, checkpoints.mae]
BOTH = [checkpoints.transformers_clip, checkpoints.transformers_siglip, checkpoints.timm]


def backbone(folder, trained="all") -> PublishedBackbone:
    files = find(str(folder))
    return PublishedBackbone(*read_network(files), trained, SIDE, files.path).eval()


def some_views(side: int = SIDE) -> torch.Tensor:
    return torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("write", KINDS + BOTH)
@pytest.mark.parametrize("trained", ["all", "lora"])
def test_attention_is_a_share_of_one_for_each_patch_and_leaves_the_network_as_it_was(tmp_path, write, trained):
    made = backbone(write(tmp_path / "model"), trained)
    with torch.no_grad():
        before = made(some_views())
        paid = attention(made, some_views())
        torch.testing.assert_close(made(some_views()), before, rtol=1e-3, atol=1e-3)  # MAE mixes its patches anew
    assert paid.shape == (2, 4, 4)
    assert (paid > 0).all()
    assert (paid.sum(dim=(1, 2)) < 1 + 1e-5).all()
    if write is checkpoints.transformers_siglip:  # all its tokens are patches
        torch.testing.assert_close(paid.sum(dim=(1, 2)), torch.ones(2))
    else:
        assert (paid.sum(dim=(1, 2)) < 1).all()


def test_it_is_the_softmax_of_the_class_token_s_query(tmp_path):
    """Against the formula, from what enters the last layer of DINO's plain transformer."""
    made = backbone(checkpoints.dino(tmp_path / "model"))
    layer = [each for name, each in made.network.named_modules() if name.endswith("attention")][-1]
    linears = {name.split(".")[-1]: each for name, each in layer.named_modules() if isinstance(each, torch.nn.Linear)}
    query, key = (next(each for name, each in linears.items() if name.startswith(what)) for what in ("q", "k"))
    entered = []
    hook = query.register_forward_hook(lambda _module, inputs, _output: entered.append(inputs[0]))
    paid = attention(made, some_views())
    hook.remove()
    [tokens] = entered
    heads, wide = 4, tokens.shape[2] // 4
    right = torch.zeros(2, tokens.shape[1])
    with torch.no_grad():
        for photo in range(2):
            for head in range(heads):
                own = slice(head * wide, (head + 1) * wide)
                asked = query(tokens[photo, 0])[own]
                likely = torch.tensor([float(asked @ key(each)[own]) / wide**0.5 for each in tokens[photo]]).exp()
                right[photo] += likely / likely.sum() / heads
    torch.testing.assert_close(paid.flatten(1), right[:, 1:], atol=1e-5, rtol=1e-4)


def test_mae_s_places_are_not_mixed_up(tmp_path):
    made = backbone(checkpoints.mae(tmp_path / "model"))
    torch.testing.assert_close(attention(made, some_views()), attention(made, some_views()), rtol=1e-3, atol=1e-5)


def test_views_of_another_size_have_more_places(tmp_path):
    assert attention(backbone(checkpoints.dinov2(tmp_path / "model")), some_views(96)).shape == (2, 6, 6)


def test_what_is_no_vision_transformer_looks_nowhere(tmp_path):
    assert attention(backbone(checkpoints.resnet(tmp_path / "model")), some_views()) is None
    assert attention(PublishedBackbone(*timm_network("test_resnet"), "scratch", SIDE).eval(), some_views()) is None
    network = convolutional("resnet10t").eval()
    assert looks(network, network, np.zeros((1, SIDE, SIDE, 3), np.uint8), SIDE) is None


def test_the_sheet_shows_photos_and_where_the_light_falls(tmp_path, monkeypatch):
    made = backbone(checkpoints.dinov2(tmp_path / "model"))
    corner = torch.zeros(2, 4, 4)
    corner[:, 0, 0] = 1.0
    monkeypatch.setattr("lens.selfsup.attention.attention", lambda network, views: corner)
    monkeypatch.setattr("lens.selfsup.attention.FULL", 1.0)
    drawn = np.asarray(looks(made, made, np.full((2, SIDE, SIDE, 3), 200, np.uint8), SIDE))
    left = GAP + CELL + GAP  # of the second column
    first = drawn[-(2 * (CELL + GAP)) : -(CELL + 2 * GAP), left : left + CELL].mean(axis=2)
    assert first[: CELL // 8, : CELL // 8].min() > 150
    assert first[CELL // 2 :, CELL // 2 :].max() < 60
    assert drawn[-CELL, GAP + 5].tolist() == [200, 200, 200]  # the photo itself
