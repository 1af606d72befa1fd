"""Random views of photos, made for a whole batch at once where it is trained: workers would take its processors."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

__all__ = ["View", "look"]

LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601: what red, green and blue add to how bright a colour looks."""


@dataclass(frozen=True)
class View:
    """How far a view may be from the photo; shares are from 0 to 1."""

    side: int
    """Pixels of the square view."""
    area: tuple[float, float] = (0.2, 1.0)
    """Least and largest share of the photo's area."""
    stretch: float = 4 / 3
    """How much wider or narrower than the photo the part may be."""
    inset: float = 0.0
    """Share of the photo's sides, at each end, that no view shows; of what is left, the area is a share."""
    mirrored: float = 0.5
    """How often."""
    jittered: float = 0.8
    """How often brightness, contrast, saturation and hue change."""
    brightness: float = 0.4
    contrast: float = 0.4
    saturation: float = 0.4
    hue: float = 0.1
    """As a share of the whole circle, to either side."""
    grey: float = 0.2
    """How often all colour goes."""
    blurred: float = 0.5
    """How often."""
    solarized: float = 0.0
    """How often all that is brighter than the middle is inverted."""


def look(photos: Tensor, view: View, generator: Generator) -> Tensor:
    """(b, 3, side, side) one random view of each photo, float32, 0 to 1.

    The order is SimCLR's (arXiv:2002.05709, appendix A): part, mirror, colours, grey, blur; solarize as in BYOL.

    Args:
        photos: (b, 3, h, w) uint8.
        view: how far from the photo.
        generator: on the photos' device; the same state gives the same views.
    """
    seen = _coloured(_part(photos, view, generator), view, generator)
    some = _some(seen, view.grey, generator)
    seen[some] = _grey(seen[some]).expand(-1, 3, -1, -1)
    if view.blurred:
        sigma = _sigma(seen, generator)
        some = _some(seen, view.blurred, generator)
        if len(some):
            seen[some] = _blurred(seen[some], sigma[some])
    if view.solarized:
        some = _some(seen, view.solarized, generator)
        seen[some] = torch.where(seen[some] >= 0.5, 1 - seen[some], seen[some])
    return seen


def _part(photos: Tensor, view: View, generator: Generator) -> Tensor:
    """A random part of each photo, perhaps mirrored, at the view's size."""
    count, device = len(photos), photos.device
    area = view.area[0] + (view.area[1] - view.area[0]) * _uniform(count, generator, device)
    stretch = view.stretch ** (2 * _uniform(count, generator, device) - 1)
    width = (area * stretch).sqrt().clamp(max=1)
    height = (area / stretch).sqrt().clamp(max=1)
    mirror = 1 - 2 * (_uniform(count, generator, device) < view.mirrored).float()
    theta = torch.zeros(count, 2, 3, device=device)
    theta[:, 0, 0], theta[:, 1, 1] = width * mirror, height
    theta[:, 0, 2] = (1 - width) * (2 * _uniform(count, generator, device) - 1)
    theta[:, 1, 2] = (1 - height) * (2 * _uniform(count, generator, device) - 1)
    theta *= 1 - 2 * view.inset
    grid = functional.affine_grid(theta, [count, 3, view.side, view.side], align_corners=False)
    return functional.grid_sample(photos.float() / 255, grid, padding_mode="border", align_corners=False)


def _coloured(seen: Tensor, view: View, generator: Generator) -> Tensor:
    """Brightness, contrast, saturation and hue changed in place, each by its own factor for each photo."""

    def factor(strength: float) -> Tensor:
        drawn = 1 + strength * (2 * _uniform(len(seen), generator, seen.device) - 1)
        return drawn.clamp(min=0)[:, None, None]

    brightness, contrast, saturation = (factor(each) for each in (view.brightness, view.contrast, view.saturation))
    turns = view.hue * (2 * _uniform(len(seen), generator, seen.device) - 1)
    some = _some(seen, view.jittered, generator)
    luma = torch.tensor(LUMA, device=seen.device)
    changed = (seen[some].flatten(2) * brightness[some]).clamp_(0, 1)  # (s, 3, pixels)
    mean = (changed.mean(dim=2) @ luma)[:, None, None]
    changed = changed.sub_(mean).mul_(contrast[some]).add_(mean).clamp_(0, 1)
    saturated = torch.lerp(luma.expand(3, 3), torch.eye(3, device=seen.device), saturation[some])
    mixed = _rotations(2 * torch.pi * turns[some]) @ saturated
    seen[some] = torch.bmm(mixed, changed).clamp_(0, 1).view(-1, *seen.shape[1:])
    return seen


def _rotations(angles: Tensor) -> Tensor:
    """(b, 3, 3) what turns hues by these angles: a rotation of the two colour differences of YIQ."""
    to_yiq = torch.tensor([LUMA, (0.596, -0.274, -0.322), (0.211, -0.523, 0.312)], device=angles.device)
    turned = torch.zeros(len(angles), 3, 3, device=angles.device)
    turned[:, 0, 0] = 1
    turned[:, 1, 1] = turned[:, 2, 2] = angles.cos()
    turned[:, 2, 1] = angles.sin()
    turned[:, 1, 2] = -turned[:, 2, 1]
    back: Tensor = torch.linalg.inv(to_yiq)
    return back @ turned @ to_yiq


def _grey(seen: Tensor) -> Tensor:
    weights = torch.tensor(LUMA, device=seen.device)[:, None, None]
    return (seen * weights).sum(dim=1, keepdim=True)


def _sigma(seen: Tensor, generator: Generator) -> Tensor:
    """How far each view is blurred, in its pixels: 0.1 to 2 of a view of 224."""
    return (0.1 + 1.9 * _uniform(len(seen), generator, seen.device)) * seen.shape[-1] / 224


def _blurred(seen: Tensor, sigma: Tensor) -> Tensor:
    """Blurred by a Gaussian, one for each photo, along rows and columns."""
    count, _, side, _ = seen.shape
    reach = max(1, round(4 * side / 224))
    offsets = torch.arange(-reach, reach + 1, device=seen.device)
    kernel = torch.exp(-(offsets**2) / (2 * sigma[:, None] ** 2 + 1e-6))
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)[:, None]  # (3 b, 1, taps)
    planes = functional.pad(seen.reshape(1, 3 * count, side, side), [reach] * 4, mode="reflect")
    planes = functional.conv2d(planes, kernel[..., None, :], groups=3 * count)
    return functional.conv2d(planes, kernel[..., None], groups=3 * count).reshape(seen.shape)


def _some(seen: Tensor, share: float, generator: Generator) -> Tensor:
    """The numbers of about this share of the photos."""
    return (_uniform(len(seen), generator, seen.device) < share).nonzero()[:, 0]


def _uniform(count: int, generator: Generator, device: torch.device) -> Tensor:
    return torch.rand(count, generator=generator, device=device)
