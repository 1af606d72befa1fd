"""MAE (arXiv:2111.06377): most patches of a photo are hidden, and their pixels are told from the others."""

from collections.abc import Sequence

import torch
from lightly.models.utils import get_at_index, normalize_mean_var, patchify
from torch import Tensor, nn
from torch.nn import functional

from lens.selfsup.backbones import PatchBackbone
from lens.selfsup.decoder import decoder_of, width_of
from lens.selfsup.method import Method
from lens.selfsup.views import View

__all__ = ["MAE", "hide"]


class MAE(Method):
    """Masked autoencoder: the encoder sees only what is shown, a light decoder says what is not.

    The loss is over hidden patches alone, each normalised by its own mean and deviation. The only other change to a
    photo is which part of it is taken, and whether it is mirrored.

    Args:
        backbone: a vision transformer.
        side: pixels of a view.
        hidden: share of the patches, 0 to 1; the paper's.
        depth: blocks of the decoder, which is light beside any encoder that is worth training.
    """

    backbone: PatchBackbone

    def __init__(self, backbone: PatchBackbone, side: int, hidden: float = 0.75, depth: int = 4) -> None:
        super().__init__(backbone, View(side, jittered=0, grey=0, blurred=0), count=1)
        self.hidden = hidden
        width = width_of(backbone)
        self.enter = nn.Linear(backbone.width, width)
        self.decoder = decoder_of(backbone, backbone.grid(side) ** 2, depth, backbone.prefix)
        self.pixels = nn.Linear(width, 3 * backbone.patch**2)

    def loss(self, views: Sequence[Tensor], done: float) -> Tensor:
        """Mean squared error of the normalised pixels of hidden patches."""
        [view] = views
        shown, hidden = hide(len(view), self.decoder.num_patches, self.hidden, view.device)
        right = normalize_mean_var(patchify(self.backbone.normalised(view), self.backbone.patch))
        return functional.mse_loss(self.told(view, shown, hidden), get_at_index(right, hidden))

    def told(self, view: Tensor, shown: Tensor, hidden: Tensor) -> Tensor:
        """(b, m, 3 patch²) normalised pixels that are said of hidden patches, row by row, colours together.

        Args:
            view: (b, 3, side, side), 0 to 1.
            shown: (b, k) numbers of the patches that the encoder sees.
            hidden: (b, m) numbers of those to be told.
        """
        seen = self.enter(self.backbone.of_some(view, shown))
        prefix = self.backbone.prefix
        tokens = self.decoder.mask_token.repeat(len(view), self.decoder.sequence_length, 1)
        tokens = torch.cat([seen[:, :prefix], tokens[:, prefix:]], dim=1)
        places = (shown + prefix)[..., None].expand(-1, -1, tokens.shape[-1])
        decoded = self.decoder(tokens.scatter(1, places, seen[:, prefix:].type_as(tokens)))
        said: Tensor = self.pixels(get_at_index(decoded, hidden + prefix))
        return said


def hide(count: int, patches: int, share: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """(count, k) numbers of patches that are shown and (count, m) of those that are hidden, at random.

    Args:
        count: of photos.
        patches: of each.
        share: of patches that are hidden, 0 to 1; at least one is shown, and one hidden.
        device: of the numbers.
    """
    hidden = min(patches - 1, max(1, round(share * patches)))
    order = torch.rand(count, patches, device=device).argsort(dim=1)
    return order[:, hidden:], order[:, :hidden]
