"""The photos of an open_clip ViT (arXiv:2010.11929), written as onnxruntime runs them fastest, with the same weights.

What open_clip's own module exports moves heads and tokens about in memory between all products, and takes the last
block to its end for every patch though the vector comes from the class token alone. Here attention is one operator of
onnxruntime's, patches are cut out by a product that can be quantised, and the last block is computed for the class
token only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["for_onnxruntime"]


def for_onnxruntime(model: Any) -> Any:
    """A torch module from `image`, (n, 3, height, width), to (n, dim), to be exported and not to be run in torch.

    None if the model's tower of photos is of another kind.
    """
    import torch
    from torch import nn

    visual: Any = getattr(model, "visual", None)
    if not _is_known(visual):
        return None

    class Attention(nn.Module):
        """A block's, with a product each for queries, keys and values."""

        def __init__(self, whole: Any) -> None:
            super().__init__()
            self.heads, self.out = whole.num_heads, whole.out_proj
            weights, biases = whole.in_proj_weight.chunk(3), whole.in_proj_bias.chunk(3)
            self.query, self.key, self.value = map(_linear, weights, biases)

        def forward(self, asking: "Tensor", asked: "Tensor") -> "Tensor":
            query, key, value = self.query(asking), self.key(asked), self.value(asked)  # (n, tokens, width)
            found: Tensor = torch.onnx.ops.symbolic(
                "com.microsoft::MultiHeadAttention",
                (query, key, value),
                attrs={"num_heads": self.heads},
                dtype=query.dtype,
                shape=query.shape,
                version=1,
            )
            projected: Tensor = self.out(found)
            return projected

    class Photos(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.visual, self.patch = visual, _linear(visual.conv1.weight.flatten(1), None)
            self.attentions = nn.ModuleList(Attention(block.attn) for block in visual.transformer.resblocks)

        def forward(self, *inputs: "Tensor") -> "Tensor":
            (image,) = inputs
            (rows, columns), (height, width) = visual.grid_size, visual.patch_size
            cut = image.reshape(-1, 3, rows, height, columns, width).permute(0, 2, 4, 1, 3, 5)
            patches = self.patch(cut.reshape(-1, rows * columns, 3 * height * width))  # (n, rows · columns, width)
            first = visual.class_embedding.expand(patches.shape[0], 1, -1)
            x = visual.ln_pre(torch.cat([first, patches], dim=1) + visual.positional_embedding)
            last = len(self.attentions) - 1
            for number, (block, attend) in enumerate(zip(visual.transformer.resblocks, self.attentions, strict=True)):
                asked = block.ln_1(x)  # (n, 1 + rows · columns, width)
                asking = asked
                if number == last:
                    x, asking = x[:, :1], asked[:, :1]
                x = x + block.ls_1(attend(asking, asked))
                x = x + block.ls_2(block.mlp(block.ln_2(x)))
            vector: Tensor = visual.ln_post(x[:, 0]) @ visual.proj
            return vector

    return Photos().eval().requires_grad_(False)


def _is_known(visual: Any) -> bool:
    """Whether `for_onnxruntime` computes what a tower does: the ViT of CLIP, its vector the class token's."""
    from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
    from torch import nn

    return (
        type(visual) is VisionTransformer
        and visual.attn_pool is None
        and visual.pool_type == "tok"
        and visual.proj is not None
        and all(
            type(block) is ResidualAttentionBlock and type(block.attn) is nn.MultiheadAttention
            for block in visual.transformer.resblocks
        )
    )


def _linear(weight: "Tensor", bias: "Tensor | None") -> Any:
    """A product with weights of its own, which is what a quantiser looks for."""
    from torch import nn

    made = nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    made.weight = nn.Parameter(weight.detach().clone())
    if bias is not None:
        made.bias = nn.Parameter(bias.detach().clone())
    return made
