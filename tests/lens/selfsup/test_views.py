"""Random views: what they may change, and that they are drawn anew and alike from a seed."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import functional as reference

from lens.selfsup.views import View, _blurred, _coloured, _grey, _part, _rotations, _sigma, look

PLAIN = View(32, area=(1, 1), stretch=1, mirrored=0, jittered=0, grey=0, blurred=0)


def photos(count: int = 4, side: int = 32) -> torch.Tensor:
    rng = np.random.default_rng(0)
    rows = [Image.fromarray(rng.integers(0, 256, (8, 8, 3), np.uint8)).resize((side, side)) for _ in range(count)]
    return torch.from_numpy(np.stack([np.asarray(row) for row in rows])).permute(0, 3, 1, 2)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_view_that_changes_nothing_is_the_photo():
    assert torch.allclose(look(photos(), PLAIN, seeded()), photos().float() / 255, atol=1e-5)


def test_views_are_drawn_alike_from_a_seed_and_anew_from_another():
    view = View(16)
    one = look(photos(), view, seeded())
    assert one.shape == (4, 3, 16, 16)
    assert torch.equal(one, look(photos(), view, seeded()))
    assert not torch.allclose(one, look(photos(), view, seeded(1)))
    assert one.min() >= 0
    assert one.max() <= 1


def test_mirrored_is_left_for_right():
    mirrored = look(photos(), View(32, area=(1, 1), stretch=1, mirrored=1, jittered=0, grey=0, blurred=0), seeded())
    assert torch.allclose(mirrored, photos().flip(3).float() / 255, atol=1e-5)


def test_parts_have_the_area_that_was_asked_for_and_lie_within():
    across, down = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="xy")
    ramp = torch.stack([across, down, across]).mul(4).to(torch.uint8).expand(200, 3, 64, 64)
    parts = _part(ramp, View(16, area=(0.3, 0.5), mirrored=0), seeded()) * 255 / 4
    width = (parts[:, 0, 0, -1] - parts[:, 0, 0, 0]) * 16 / 15
    height = (parts[:, 1, -1, 0] - parts[:, 1, 0, 0]) * 16 / 15
    areas = width * height / 64**2
    assert areas.min() > 0.28
    assert areas.max() < 0.52
    assert areas.max() - areas.min() > 0.15
    assert parts.min() >= 0
    assert parts.max() <= 63.5
    assert (width / height).max() < 1.36
    assert (width / height).max() > 1.28


@pytest.mark.parametrize("area", [(1.0, 1.0), (0.2, 0.6)])
def test_no_view_shows_what_is_left_out(area):
    framed = torch.full((100, 3, 64, 64), 255, dtype=torch.uint8)
    framed[..., 6:-6, 6:-6] = 0  # a frame of less than a tenth
    assert look(framed, View(32, area=area, inset=0.1, jittered=0), seeded()).max() == 0
    assert look(framed, View(32, area=area, inset=0.08, jittered=0), seeded()).max() > 0


def test_colours_change_as_torchvision_changes_them():
    seen = photos().float() / 255
    only = View(32, jittered=1, brightness=0.4, contrast=0, saturation=0, hue=0)
    changed = _coloured(seen.clone(), only, seeded())
    factors = (changed.sum(dim=(1, 2, 3)) / seen.sum(dim=(1, 2, 3))).tolist()
    for before, after, factor in zip(seen, changed, factors, strict=True):
        if factor < 1:  # nothing was cut off
            assert torch.allclose(after, reference.adjust_brightness(before, factor), atol=1e-4)
    assert min(factors) < 1
    grey = _coloured(seen.clone(), View(32, jittered=1, brightness=0, contrast=0, saturation=1e-6, hue=0), seeded())
    assert torch.allclose(grey, seen, atol=1e-4)
    assert torch.allclose(_grey(seen), reference.rgb_to_grayscale(seen), atol=2e-3)


def test_a_hue_turned_by_a_third_swaps_primaries_and_keeps_grey():
    third = _rotations(torch.tensor([2 * torch.pi / 3]))[0]
    assert torch.allclose(third @ torch.ones(3), torch.ones(3), atol=1e-2)
    turned = third @ torch.tensor([1.0, 0, 0])
    assert int(turned.argmax()) != 0
    back = _rotations(torch.tensor([-2 * torch.pi / 3]))[0]
    assert torch.allclose(back @ third, torch.eye(3), atol=1e-4)


def test_blur_is_a_gaussian_for_each_photo():
    seen = photos(3, 64).float() / 255
    sigma = _sigma(seen, seeded())
    assert torch.allclose(sigma, (0.1 + 1.9 * torch.rand(3, generator=seeded())) * 64 / 224)
    blurred = _blurred(seen, sigma)
    for before, after, each in zip(seen, blurred, sigma.tolist(), strict=True):
        expected = reference.gaussian_blur(before, [3, 3], [each, each])
        assert torch.allclose(after, expected, atol=2e-3)
    assert blurred.std() < seen.std()


def test_only_some_are_changed_and_perhaps_none():
    for seed in range(20):  # of two photos often none, one or both
        view = View(32, area=(1, 1), stretch=1, mirrored=0, jittered=0.5, grey=0.5, blurred=0.5)
        seen = look(photos(2), view, seeded(seed))
        assert torch.isfinite(seen).all()
        drawn = torch.rand(5 * 2 + 4 * 2 + 2 + 2 + 2 + 2, generator=seeded(seed)).view(-1, 2)
        untouched = (drawn[[9, 10, 12]] >= 0.5).all(dim=0)
        for number in untouched.nonzero()[:, 0].tolist():
            assert torch.allclose(seen[number], photos(2)[number].float() / 255, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_grey_is_never_or_always(share):
    view = View(32, area=(1, 1), jittered=0, grey=share, blurred=0)
    seen = look(photos(), view, seeded())
    assert torch.allclose(seen[:, 0], seen[:, 1], atol=1e-6) == bool(share)


def test_solarized_inverts_what_is_bright():
    view = View(32, area=(1, 1), stretch=1, mirrored=0, jittered=0, grey=0, blurred=0, solarized=1)
    expected = photos().float() / 255
    expected = torch.where(expected >= 0.5, 1 - expected, expected)
    assert torch.allclose(look(photos(), view, seeded()), expected, atol=1e-3)
