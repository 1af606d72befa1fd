"""Jigsaw puzzles (arXiv:1603.09246): nine tiles of a photo in another order, and the order is told."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lens.selfsup.backbones import Backbone, PatchBackbone
from lens.selfsup.method import Method
from lens.selfsup.views import View

__all__ = ["Jigsaw", "cut", "orders"]

GRID = 3
TILES = GRID * GRID
SHARE = 64 / 75
"""Of a cell's side that its tile takes; the rest is the gap, the paper's."""
FRINGE = 4 / 75
"""How far a colour is moved within its tile, as a share of the cell: twice what the paper has, as nine tiles together
tell of fringes that one does not."""
MARGIN = 0.1
"""Share of the photo at each side that is not shown: borders, dates and watermarks."""
WIDTH = 256


class Jigsaw(Method):
    """All tiles go through the backbone one by one, and what it says of them together tells their order.

    What could tell the order without knowing what is in a photo is taken away: gaps between tiles part the lines that
    cross them, each tile has its own brightness and contrast taken out, colours are moved against each other as
    the fringes of a lens would, some photos are grey, and what is written near a photo's border is not shown. A mark in
    the middle of all photos is not barred, and tells where one tile lies.

    Args:
        backbone: what is trained; must take views of a third of the size.
        side: pixels of a view; a third of it must hold a patch.
    """

    orders: Tensor

    def __init__(self, backbone: Backbone, side: int) -> None:
        super().__init__(backbone, View(side, area=(0.4, 1.0), inset=MARGIN, hue=0, grey=0.3, blurred=0), count=1)
        patch = backbone.patch if isinstance(backbone, PatchBackbone) else 1
        self._tile = max(patch, side // GRID // patch * patch)
        self.register_buffer("orders", torch.from_numpy(orders()), persistent=False)
        self.enter = nn.Linear(backbone.dim, WIDTH)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(TILES * WIDTH, len(self.orders)))

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """Cross-entropy of the orders, one drawn for each photo."""
        [view] = views
        right = torch.randint(len(self.orders), (len(view),), device=view.device)
        return functional.cross_entropy(self.told(self.alike(self.tiles(view)), self.orders[right]), right)

    def told(self, tiles: Tensor, order: Tensor) -> Tensor:
        """(b, 72) how likely each order is, as logits.

        Args:
            tiles: (b, 9, 3, tile, tile), 0 to 1, row by row.
            order: (b, 9) which tile comes first, second and so on.
        """
        mixed = tiles.gather(1, order[..., None, None, None].expand_as(tiles))
        features = self.enter(self.backbone(mixed.flatten(0, 1)))
        said: Tensor = self.head(features.view(len(tiles), -1))
        return said

    def tiles(self, view: Tensor) -> Tensor:
        """(b, 9, 3, tile, tile) the view's, as `cut` draws them."""
        return cut(view, self._tile)

    def alike(self, tiles: Tensor) -> Tensor:
        """Tiles with the mean and the deviation, colour by colour, that the backbone was made for."""
        mean = tiles.mean(dim=(-2, -1), keepdim=True)
        deviation = tiles.std(dim=(-2, -1), keepdim=True)
        return (tiles - mean) / (deviation + 1e-3) * self.backbone.std + self.backbone.mean


def orders() -> NDArray[np.int64]:
    """(72, 9) orders of nine tiles, of which no two agree in more than one place; the first is as they were.

    They are the maps x -> a x + b, a not 0, of the field of nine elements. The paper searches for orders that are far
    from each other. More than these there cannot be: what two places hold tells the order, and they can hold 9 x 8.
    """
    # p + q i is written 3 p + q; i squared is -1
    p, q = np.divmod(np.arange(TILES), 3)
    times = 3 * ((np.outer(p, p) - np.outer(q, q)) % 3) + (np.outer(p, q) + np.outer(q, p)) % 3
    plus = 3 * (np.add.outer(p, p) % 3) + np.add.outer(q, q) % 3
    factors = [3, *(each for each in range(1, TILES) if each != 3)]  # 3 is the one
    return np.array([plus[times[a], b] for a in factors for b in range(TILES)], np.int64)


def cut(view: Tensor, tile: int) -> Tensor:
    """(b, 9, 3, tile, tile) a tile from somewhere in each cell of a 3 x 3 grid, row by row.

    Args:
        view: (b, 3, h, w).
        tile: pixels of its side.
    """
    count = len(view)
    side = view.shape[-1] // GRID
    cells = view[..., : side * GRID, : side * GRID].reshape(count, 3, GRID, side, GRID, side)
    cells = cells.permute(0, 2, 4, 1, 3, 5).reshape(count * TILES * 3, 1, side, side)
    slack = 1 - SHARE

    def offsets(*shape: int) -> Tensor:
        return 2 * torch.rand(*shape, 2, device=view.device) - 1

    centre = (slack - FRINGE) * offsets(count * TILES, 1) + FRINGE * offsets(count * TILES, 3)
    theta = torch.zeros(len(cells), 2, 3, device=view.device)
    theta[:, 0, 0] = theta[:, 1, 1] = SHARE
    theta[:, :, 2] = centre.flatten(0, 1)
    grid = functional.affine_grid(theta, [len(cells), 1, tile, tile], align_corners=False)
    tiles = functional.grid_sample(cells, grid, padding_mode="border", align_corners=False)
    return tiles.view(count, TILES, 3, tile, tile)
