"""Colorization (arXiv:1603.08511): who gives a grey photo its colours back must know what is in it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from lens.selfsup.backbones import Backbone, PatchBackbone
from lens.selfsup.colours import Palette, lab_of, rgb_of
from lens.selfsup.method import Method
from lens.selfsup.views import View

__all__ = ["Colorization"]

FINE = 4
"""Rows and columns of colours that are told of each place of the backbone's last map."""
WIDTH = 64


class Colorization(Method):
    """Of a photo's lightness alone, the likely colours of each place are told.

    Colours are classes, and rare ones count more, lest all photos be brown; how rare they are is counted as the run
    goes on. Only the part of a photo and its mirror image change: another change of colours would be a lie about them.

    Args:
        backbone: what is trained; sees grey as red, green and blue alike.
        side: pixels of a view.
    """

    def __init__(self, backbone: Backbone, side: int) -> None:
        super().__init__(backbone, View(side, jittered=0, grey=0, blurred=0), count=1)
        if isinstance(backbone, PatchBackbone):
            backbone.by_mean()
        self.palette = Palette()
        self.head = nn.Sequential(
            nn.Conv2d(backbone.width, FINE**2 * WIDTH, 1),
            nn.ReLU(),
            nn.PixelShuffle(FINE),
            nn.Conv2d(WIDTH, len(self.palette.bins), 1),
        )

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """Cross-entropy of the shares of the nearest colours, weighted by how rare the nearest is."""
        [view] = views
        lab = lab_of(view)
        said = functional.log_softmax(self.told(lab[:, :1]), dim=1)
        nearest, shares = self.palette.encoded(
            functional.adaptive_avg_pool2d(lab[:, 1:], (said.shape[-2], said.shape[-1]))
        )
        self.palette.count(nearest[:, 0])
        weights = self.palette.weights()[nearest[:, 0]]
        return -(weights * (shares * said.gather(1, nearest)).sum(dim=1)).mean()

    def told(self, lightness: Tensor) -> Tensor:
        """(b, q, rows, columns) how likely each colour is, as logits.

        Args:
            lightness: (b, 1, h, w), 0 to 100.
        """
        said: Tensor = self.head(self.backbone.map((lightness / 100).expand(-1, 3, -1, -1)))
        return said

    @torch.no_grad()
    def coloured(self, views: Tensor) -> Tensor:
        """Views, (b, 3, h, w), 0 to 1, in the colours that are told of their lightness."""
        lightness = lab_of(views)[:, :1]
        colours = self.palette.annealed_mean(self.told(lightness))
        wide = functional.interpolate(colours, size=views.shape[-2:], mode="bilinear", align_corners=False)
        return rgb_of(torch.cat([lightness, wide], dim=1))
