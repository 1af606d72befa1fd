"""What a method says of photos, to look at: beside what it was asked, and what is right."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from lightly.models.utils import get_at_index, patchify, set_at_index, unpatchify
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional

from lens.selfsup.anchored import Anchored
from lens.selfsup.colorization import Colorization
from lens.selfsup.colours import lab_of, rgb_of
from lens.selfsup.ijepa import IJEPA, blocks
from lens.selfsup.jigsaw import Jigsaw
from lens.selfsup.mae import MAE, hide
from lens.selfsup.method import Method
from lens.selfsup.rotation import QUARTERS, Rotation

__all__ = ["Column", "columns", "laid_out", "sheet"]

CELL, GAP, HEAD = 160, 8, 20
"""Pixels of the sheet."""
FADED = 0.15
"""Of what is left of the parts that a picture is not about."""


@dataclass(frozen=True)
class Column:
    """Pictures of one kind, one for each photo."""

    said: str
    """What they are."""
    pictures: Tensor
    """(n, 3, side, side), 0 to 1."""


@torch.no_grad()
def sheet(method: Method, photos: NDArray[np.uint8], seed: int = 0) -> Image.Image | None:
    """A row for each photo: what the method was shown, what it said, and what is right; None if it says nothing to see.

    Args:
        method: one that was trained; on any device.
        photos: (n, h, w, 3), of any size, that it did not learn from.
        seed: of what is hidden, mixed up and turned.
    """
    drawn = columns(method, photos, seed)
    return laid_out(drawn) if drawn else None


def laid_out(drawn: Sequence[Column]) -> Image.Image:
    """Columns of n pictures each, beside each other, under what they are."""
    wide, high = len(drawn) * (CELL + GAP) + GAP, len(drawn[0].pictures) * (CELL + GAP) + GAP + HEAD
    made = Image.new("RGB", (wide, high), "white")
    pen, font = ImageDraw.Draw(made), ImageFont.load_default(13)
    for number, column in enumerate(drawn):
        left = GAP + number * (CELL + GAP)
        pen.text((left, GAP // 2), column.said, fill="black", font=font)
        pixels = (255 * column.pictures.clamp(0, 1)).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        for row, picture in enumerate(pixels):
            large = Image.fromarray(picture).resize((CELL, CELL), Image.Resampling.BICUBIC)
            made.paste(large, (left, HEAD + GAP + row * (CELL + GAP)))
    return made


@torch.no_grad()
def columns(method: Method, photos: NDArray[np.uint8], seed: int = 0) -> list[Column]:
    """The columns of the sheet; none for a method that is not drawn."""
    asked = method.method if isinstance(method, Anchored) else method
    draw = next((DRAWN[kind] for kind in DRAWN if isinstance(asked, kind)), None)
    if draw is None:
        return []
    device = next(asked.parameters()).device
    pixels = torch.from_numpy(np.array(photos)).to(device).permute(0, 3, 1, 2).float() / 255
    side = asked.view.side
    views = functional.interpolate(pixels, size=(side, side), mode="bilinear", antialias=True, align_corners=False)
    was, state = asked.training, torch.random.get_rng_state()
    asked.eval()
    torch.manual_seed(seed)
    try:
        return draw(asked, views)
    finally:
        asked.train(was)
        torch.random.set_rng_state(state)


def _rotations(method: Rotation, views: Tensor) -> list[Column]:
    turns = torch.randint(QUARTERS, (len(views),)).tolist()
    shown = torch.stack([view.rot90(turn, dims=(1, 2)) for view, turn in zip(views, turns, strict=True)])
    said = method.head(method.backbone(shown)).argmax(dim=1).tolist()
    back = torch.stack([view.rot90(-turn, dims=(1, 2)) for view, turn in zip(shown, said, strict=True)])
    return [Column("turned", shown), Column("put upright", back), Column("the photo", views)]


def _jigsaws(method: Jigsaw, views: Tensor) -> list[Column]:
    orders = method.orders[torch.randint(len(method.orders), (len(views),), device=views.device)]
    tiles = method.tiles(views)
    said = method.orders[method.told(method.alike(tiles), orders).argmax(dim=1)]
    mixed = _picked(tiles, orders)
    return [
        Column("mixed up", _laid(mixed)),
        Column("put in order", _laid(_picked(mixed, said.argsort(dim=1)))),
        Column("the photo's tiles", _laid(tiles)),
    ]


def _picked(tiles: Tensor, order: Tensor) -> Tensor:
    return tiles.gather(1, order[..., None, None, None].expand_as(tiles))


def _laid(tiles: Tensor) -> Tensor:
    """(b, 3, side, side) nine tiles, (b, 9, 3, tile, tile), beside and below each other, white between them."""
    framed = functional.pad(tiles, (1, 1, 1, 1), value=1.0)
    rows = [torch.cat([*framed[:, start : start + 3].unbind(1)], dim=3) for start in (0, 3, 6)]
    return torch.cat(rows, dim=2)


def _colours(method: Colorization, views: Tensor) -> list[Column]:
    lab = lab_of(views)
    grey = rgb_of(lab * torch.tensor([1.0, 0.0, 0.0], device=lab.device)[:, None, None])
    return [Column("grey", grey), Column("colours given back", method.coloured(views)), Column("the photo", views)]


def _hidden(method: MAE, views: Tensor) -> list[Column]:
    # Each patch is told without its mean and contrast; the true ones are put back, or there would be nothing to see.
    patch, backbone = method.backbone.patch, method.backbone
    shown, hidden = hide(len(views), method.decoder.num_patches, method.hidden, views.device)
    patches = patchify(backbone.normalised(views), patch)
    right = get_at_index(patches, hidden)
    said = method.told(views, shown, hidden) * right.std(dim=-1, keepdim=True) + right.mean(dim=-1, keepdim=True)

    def filled(value: Tensor) -> Tensor:
        made: Tensor = unpatchify(set_at_index(patches, hidden, value), patch)
        return made * backbone.std + backbone.mean

    return [
        Column("what is shown", filled(torch.zeros_like(right))),
        Column("the rest as told", filled(said)),
        Column("the photo", views),
    ]


def _foreseen(method: IJEPA, views: Tensor) -> list[Column]:
    grid, count = method.grid, len(views)
    context, [target, *_] = blocks(count, grid, views.device)
    seen = method.student.of_some(views, context)[:, method.student.prefix :]
    said = method.predicted(seen, context, target).mean(dim=1)  # (b, width)
    high = int((target[0, -1] - target[0, 0]) // grid) + 1
    wide = target.shape[1] // high
    meant = method.meant(views).transpose(1, 2).reshape(count, -1, grid, grid)
    means = functional.avg_pool2d(meant, (high, wide), stride=1)  # (b, width, rows, columns) of all blocks of the size
    alike = torch.einsum("bd,cdrl->bcrl", functional.normalize(said, dim=1), functional.normalize(means, dim=1))

    def nearest(alike: Tensor) -> Tensor:
        photo, top, left = torch.unravel_index(alike.flatten(1).argmax(dim=1), alike.shape[1:])
        first = top * grid + left
        inside = torch.arange(high, device=first.device)[:, None] * grid + torch.arange(wide, device=first.device)
        return _alone(views[photo], first[:, None] + inside.flatten(), grid)

    drawn = [
        Column("what is seen", _alone(views, context, grid)),
        Column("what is asked for", _alone(views, target, grid)),
        Column("nearest to the answer", nearest(alike)),
    ]
    if count > 1:
        own = torch.eye(count, dtype=torch.bool, device=views.device)[..., None, None]
        drawn.append(Column("in another photo", nearest(alike.masked_fill(own, -1.0))))
    return drawn


def _alone(views: Tensor, patches: Tensor, grid: int) -> Tensor:
    """Views of which all but some patches, (b, k) by number, have nearly faded away."""
    kept = torch.zeros(len(views), grid * grid, device=views.device).scatter(1, patches, 1.0)
    kept = functional.interpolate(kept.view(-1, 1, grid, grid), size=views.shape[-2:], mode="nearest")
    return torch.where(kept > 0, views, 1 - FADED * (1 - views))


DRAWN: dict[type[Method], Callable[..., list[Column]]] = {
    Rotation: _rotations,
    Jigsaw: _jigsaws,
    Colorization: _colours,
    MAE: _hidden,
    IJEPA: _foreseen,
}
