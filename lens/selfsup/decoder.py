"""The light transformer that tells what is hidden from what an encoder saw."""

from lightly.models.modules import MaskedVisionTransformerDecoderTIMM

from lens.selfsup.backbones import PatchBackbone

__all__ = ["decoder_of", "width_of"]

HEADS, LEAST_WIDTH = 4, 64


def width_of(backbone: PatchBackbone) -> int:
    """Length of the decoder's tokens: half the backbone's, as far as heads share it out."""
    return max(LEAST_WIDTH, backbone.width // 2 // HEADS * HEADS)


def decoder_of(backbone: PatchBackbone, patches: int, depth: int, prefix: int) -> MaskedVisionTransformerDecoderTIMM:
    """A decoder for what a backbone says.

    Args:
        backbone: a vision transformer.
        patches: of a view.
        depth: blocks.
        prefix: tokens before those of the patches.
    """
    return MaskedVisionTransformerDecoderTIMM(patches, width_of(backbone), depth, HEADS, num_prefix_tokens=prefix)
