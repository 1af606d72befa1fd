"""What is hidden and what is told of it: MAE's patches, I-JEPA's blocks."""

import pytest
import torch

from lens.errors import TuneError
from lens.selfsup.backbones import transformer
from lens.selfsup.ijepa import IJEPA, TARGETS, blocks
from lens.selfsup.mae import MAE, hide
from tests.lens.selfsup.conftest import SIDE

CPU = torch.device("cpu")


def patches_of_two():
    """A vision transformer of sixteen patches."""
    torch.manual_seed(0)
    return transformer("vit_tiny_patch16_224", SIDE, patch_size=2, embed_dim=48, depth=2, num_heads=3)


def photos(count: int = 4) -> torch.Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def square(number: int) -> tuple[slice, slice]:
    """Where a patch lies."""
    row, column = divmod(number, 4)
    return slice(2 * row, 2 * row + 2), slice(2 * column, 2 * column + 2)


@pytest.mark.parametrize(("patches", "share", "hidden"), [(16, 0.75, 12), (196, 0.75, 147), (9, 0.6, 5), (4, 1.0, 3)])
def test_the_share_of_hidden_patches_is_exact_and_each_is_drawn(patches, share, hidden):
    shown, gone = hide(500, patches, share, CPU)
    assert gone.shape == (500, hidden)
    assert torch.equal(torch.cat([shown, gone], dim=1).sort(dim=1).values, torch.arange(patches).expand(500, -1))
    often = torch.bincount(gone.flatten(), minlength=patches) / 500
    assert (often - hidden / patches).abs().max() < 0.1


def test_maes_encoder_sees_nothing_of_hidden_patches():
    backbone = patches_of_two()
    shown = torch.tensor([[3, 0, 9, 14]])
    view = photos(1)
    tokens = backbone.of_some(view, shown)
    assert tokens.shape == (1, 5, 48)
    changed = view.clone()
    for number in set(range(16)) - set(shown[0].tolist()):
        rows, columns = square(number)
        changed[..., rows, columns] = 1 - view[..., rows, columns]
    assert torch.allclose(backbone.of_some(changed, shown), tokens, atol=1e-6)
    rows, columns = square(9)
    changed[..., rows, columns] = 1 - view[..., rows, columns]
    assert not torch.allclose(backbone.of_some(changed, shown), tokens, atol=1e-2)


def test_some_patches_in_another_order_have_the_same_features():
    backbone, view = patches_of_two(), photos(1)
    one = backbone.of_some(view, torch.tensor([[3, 0, 9]]))
    other = backbone.of_some(view, torch.tensor([[9, 3, 0]]))
    assert torch.allclose(one[:, [0, 3, 1, 2]], other, atol=1e-5)
    every = backbone.of_some(view, torch.arange(16)[None])
    assert torch.allclose(every[:, 1:], backbone.patches(view)[1], atol=1e-5)


def test_maes_loss_is_the_error_of_hidden_patches_alone(monkeypatch):
    method, view = MAE(patches_of_two(), SIDE), photos()
    shown, hidden = hide(4, 16, 0.75, CPU)
    monkeypatch.setattr("lens.selfsup.mae.hide", lambda *_: (shown, hidden))
    said = method.told(view, shown, hidden)
    normal = method.backbone.normalised(view)
    terms = []
    for photo in range(4):
        for place, number in enumerate(hidden[photo].tolist()):
            rows, columns = square(number)
            right = normal[photo, :, rows, columns].permute(1, 2, 0).flatten()
            right = (right - right.mean()) / (right.var() + 1e-6).sqrt()
            terms.append((said[photo, place] - right).square().mean())
    naive = sum(terms) / len(terms)
    loss = method.loss([view], 0.0)
    assert loss.item() == pytest.approx(naive.item(), abs=1e-5)
    weights = [each for each in method.parameters() if each.requires_grad]
    found = torch.autograd.grad(loss, weights, allow_unused=True)
    expected = torch.autograd.grad(naive, weights, allow_unused=True)
    assert sum(each is not None for each in found) > 50
    for one, other in zip(found, expected, strict=True):
        assert (one is None and other is None) or torch.allclose(one, other, atol=1e-5)


def test_what_mae_says_of_shown_patches_does_not_count(monkeypatch):
    method, view = MAE(patches_of_two(), SIDE), photos()
    shown, hidden = hide(4, 16, 0.75, CPU)
    monkeypatch.setattr("lens.selfsup.mae.hide", lambda *_: (shown, hidden))
    decoded: list[torch.Tensor] = []
    method.decoder.register_forward_hook(lambda *call: decoded.append(call[2]) or call[2].retain_grad())
    method.loss([view], 0.0).backward()
    [tokens] = decoded
    strength = tokens.grad.abs().sum(dim=2)
    assert (strength.gather(1, shown + 1) == 0).all()
    assert (strength.gather(1, hidden + 1) > 0).all()


def test_maes_decoder_has_mask_tokens_where_patches_are_hidden():
    method, view = MAE(patches_of_two(), SIDE), photos()
    shown, hidden = hide(4, 16, 0.75, CPU)
    entered: list[torch.Tensor] = []
    method.decoder.register_forward_pre_hook(lambda _, given: entered.append(given[0]))
    method.told(view, shown, hidden)
    seen = method.enter(method.backbone.of_some(view, shown))
    for photo in range(4):
        assert torch.equal(entered[0][photo, 0], seen[photo, 0])
        for place, number in enumerate(shown[photo].tolist()):
            assert torch.allclose(entered[0][photo, 1 + number], seen[photo, 1 + place])
        for number in hidden[photo].tolist():
            assert torch.equal(entered[0][photo, 1 + number], method.decoder.mask_token[0, 0])


@pytest.mark.parametrize("grid", [3, 4, 6, 14])
def test_target_blocks_are_rectangles_that_no_context_touches(grid):
    for seed in range(20):
        torch.manual_seed(seed)
        context, targets = blocks(8, grid, CPU)
        assert len(targets) == TARGETS
        assert context.shape[1] >= 1
        for photo in range(8):
            seen = set(context[photo].tolist())
            assert len(seen) == context.shape[1]
            for target in targets:
                numbers = target[photo].tolist()
                rows, columns = {each // grid for each in numbers}, {each % grid for each in numbers}
                assert len(numbers) == len(rows) * len(columns)
                assert max(rows) - min(rows) + 1 == len(rows)
                assert max(columns) - min(columns) + 1 == len(columns)
                assert not seen & set(numbers)
        share = targets[0].shape[1] / grid**2
        assert 0.1 <= share <= 0.25, share


def test_nothing_of_the_targets_leaks_into_what_ijepa_predicts():
    method, view = IJEPA(patches_of_two(), SIDE), photos(1)
    context, target = torch.tensor([[0, 1, 4, 5, 8]]), torch.tensor([[10, 11, 14, 15]])

    def predicted(of: torch.Tensor) -> torch.Tensor:
        return method.predicted(method.student.of_some(of, context)[:, 1:], context, target)

    changed = view.clone()
    for number in target[0].tolist():
        rows, columns = square(number)
        changed[..., rows, columns] = 1 - view[..., rows, columns]
    assert torch.allclose(predicted(changed), predicted(view), atol=1e-6)
    assert not torch.allclose(predicted(1 - view), predicted(view), atol=1e-3)
    moved = method.predicted(method.student.of_some(view, context)[:, 1:], context, torch.tensor([[2, 3, 6, 7]]))
    assert not torch.allclose(moved, predicted(view), atol=1e-3)  # it is told where to look


def test_ijepas_loss_is_the_smooth_distance_to_the_followers_patches(monkeypatch):
    method, view = IJEPA(patches_of_two(), SIDE), photos()
    with torch.no_grad():
        for parameter in method.backbone.parameters():
            parameter.add_(0.05)  # so that the follower is another
    drawn = blocks(4, 4, CPU)
    monkeypatch.setattr("lens.selfsup.ijepa.blocks", lambda *_: drawn)
    context, targets = drawn
    whole = method.backbone.patches(view)[1]
    seen = method.student.of_some(view, context)[:, 1:]
    terms = []
    for target in targets:
        said = method.predicted(seen, context, target)
        each = []
        for photo in range(4):
            for place, number in enumerate(target[photo].tolist()):
                right = whole[photo, number]
                right = (right - right.mean()) / (right.var(unbiased=False) + 1e-5).sqrt()
                apart = (said[photo, place] - right.detach()).abs()
                each.append(torch.where(apart < 1, apart.square() / 2, apart - 0.5).mean())
        terms.append(sum(each) / len(each))
    loss = method.loss([view], 0.0)
    assert loss.item() == pytest.approx((sum(terms) / TARGETS).item(), abs=1e-5)


def test_ijepas_follower_never_learns_and_follows():
    method = IJEPA(patches_of_two(), SIDE, momentum=0.9)
    method.loss([photos()], 0.0).backward()
    assert all(each.grad is None for each in method.backbone.parameters())
    assert any(each.grad is not None for each in method.student.parameters())
    with torch.no_grad():
        for parameter in method.student.parameters():
            parameter.add_(1)
    pairs = list(zip(method.backbone.parameters(), method.student.parameters(), strict=True))
    expected = [0.9 * old + 0.1 * new for old, new in pairs]
    method.after_step(0.0)
    for follower, right in zip(method.backbone.parameters(), expected, strict=True):
        assert torch.allclose(follower, right, atol=1e-6)


def test_ijepa_says_when_views_are_too_small():
    with pytest.raises(TuneError, match="three a side"):
        IJEPA(transformer("vit_tiny_patch16_224", SIDE, patch_size=4, embed_dim=48, depth=1, num_heads=3), SIDE)
