"""SAM (arXiv:2304.02643) by segment-anything, from its checkpoints of whatever size."""

import re
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import ModelMissing
from lens.models.device import Compute
from lens.models.encoders.network import Network
from lens.models.entry import TRANSFORMERS
from lens.models.files import ModelFiles
from lens.models.fitting import fitting
from lens.models.formats import read_weights, weights_among
from lens.models.manifest import sha256_of
from lens.models.segmenters.base import SegmenterInfo
from lens.models.segmenters.prompted import PROMPTS, PromptedSegmenter, is_one_point

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Sam", "input_side", "is_sam", "load", "load_file", "network_of"]

DECODER_HEADS = 8
"""Of all SAMs; the only size that no tensor's shape tells."""


def load(files: ModelFiles, compute: Compute) -> "Sam":
    """The SAM in the folder that `lens models import` makes of a checkpoint; see `load_file`."""
    (weights,) = weights_among([file.name for file in files.path.iterdir()], TRANSFORMERS)
    return _loaded(files.path / weights, files.name, files.revision, compute)


def load_file(file: Path, compute: Compute) -> "Sam":
    """The SAM in a checkpoint of segment-anything (`sam_vit_b_01ec64.pth` and its like, or the same as safetensors).

    Width, depth, the blocks with global attention and all other sizes are read off the shapes of its tensors.

    Raises:
        ModelMissing: segment-anything is not installed.
        ModelDamaged: the file holds code, is cut short, or is no SAM.
    """
    return _loaded(file, file.stem.lower().replace("_", "-"), sha256_of(file)[:16], compute)


def is_sam(names: Collection[str]) -> bool:
    """Whether tensors of these names are those of a SAM as segment-anything keeps it."""
    return "image_encoder.pos_embed" in names and "mask_decoder.mask_tokens.weight" in names


def input_side(weights: "dict[str, Tensor]") -> int:
    """The side in pixels of what the network sees: patches on a side by pixels of a patch."""
    return weights["image_encoder.pos_embed"].shape[1] * weights["image_encoder.patch_embed.proj.weight"].shape[2]


def _loaded(file: Path, name: str, revision: str, compute: Compute) -> "Sam":
    try:
        import segment_anything
    except ImportError as error:
        raise ModelMissing("SAM checkpoints need segment-anything: pip install 'lens-photos[segment]'") from error
    weights = read_weights(file)
    with fitting(file.name):
        module = network_of(weights)
        module.load_state_dict(weights)
    info = SegmenterInfo(name, f"SAM, {len(module.image_encoder.blocks)} blocks, segment-anything", revision, PROMPTS)
    return Sam(info, Network(module, compute, mixed=True), segment_anything.SamPredictor(module))


class Sam(PromptedSegmenter):
    """Satisfies the `Segmenter` protocol: boxes, points, everything."""

    def __init__(self, info: SegmenterInfo, network: Network, predictor: Any) -> None:
        super().__init__(info, network)
        self.predictor = predictor

    def side(self) -> int:
        """As its checkpoint has it."""
        return int(self.network.module.image_encoder.img_size)

    def embed(self, image: Image.Image) -> None:
        """The longer side is resized to the network's, the rest padded."""
        resized = self.predictor.transform.apply_image(np.asarray(image))
        self.input_size, self.original_size = resized.shape[:2], (image.height, image.width)
        pixels = self.network.sent(np.ascontiguousarray(resized.transpose(2, 0, 1)[None]))

        def encode(module: Any = self.network.module) -> "Tensor":
            features: Tensor = module.image_encoder(module.preprocess(pixels))
            return features

        self.features = self.network.once(encode)

    def scale(self) -> NDArray[np.float64]:
        """The input's sides by the photo's, which rounding makes differ a little."""
        scale: NDArray[np.float64] = np.array(self.input_size[::-1]) / np.array(self.original_size[::-1])
        return scale

    def decode(self, **prompts: "Tensor") -> "tuple[Tensor, Tensor]":
        """The prompt encoder and the mask decoder."""
        encoder, decoder = self.network.module.prompt_encoder, self.network.module.mask_decoder
        points = (prompts["points"], prompts["labels"]) if "points" in prompts else None
        sparse, dense = encoder(points=points, boxes=prompts.get("boxes"), masks=None)
        logits, ious = decoder(
            image_embeddings=self.features,
            image_pe=encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=is_one_point(prompts),
        )
        return logits, ious

    def upscale(self, logits: "Tensor") -> "Tensor":
        """Without the padding."""
        full: Tensor = self.network.module.postprocess_masks(logits, self.input_size, self.original_size)
        return full


def network_of(weights: "dict[str, Tensor]") -> Any:
    """A SAM with the sizes of these weights."""
    from segment_anything.modeling import ImageEncoderViT, MaskDecoder, PromptEncoder, Sam, TwoWayTransformer
    from torch.nn import LayerNorm

    def shape(name: str) -> tuple[int, ...]:
        return tuple(weights[name].shape)

    def count(pattern: str) -> int:
        return len({found[1] for name in weights if (found := re.match(pattern, name))})

    width, _, patch, _ = shape("image_encoder.patch_embed.proj.weight")
    grid = shape("image_encoder.pos_embed")[1]
    depth = count(r"image_encoder\.blocks\.(\d+)\.")
    reaches, head = [], 1
    for number in range(depth):
        steps, head = shape(f"image_encoder.blocks.{number}.attn.rel_pos_h")
        reaches.append((steps + 1) // 2)  # as far as the block sees to each side
    out = shape("image_encoder.neck.0.weight")[0]
    encoder = ImageEncoderViT(
        img_size=grid * patch,
        patch_size=patch,
        embed_dim=width,
        depth=depth,
        num_heads=width // head,
        mlp_ratio=shape("image_encoder.blocks.0.mlp.lin1.weight")[0] / width,
        out_chans=out,
        norm_layer=partial(LayerNorm, eps=1e-6),
        use_rel_pos=True,
        window_size=min(reaches),
        global_attn_indexes=tuple(number for number, reach in enumerate(reaches) if reach == grid),
    )
    prompts = PromptEncoder(
        embed_dim=out,
        image_embedding_size=(grid, grid),
        input_image_size=(grid * patch, grid * patch),
        mask_in_chans=shape("prompt_encoder.mask_downscaling.3.weight")[0],
    )
    decoder = MaskDecoder(
        num_multimask_outputs=shape("mask_decoder.mask_tokens.weight")[0] - 1,
        transformer=TwoWayTransformer(
            depth=count(r"mask_decoder\.transformer\.layers\.(\d+)\."),
            embedding_dim=out,
            mlp_dim=shape("mask_decoder.transformer.layers.0.mlp.lin1.weight")[0],
            num_heads=DECODER_HEADS,
        ),
        transformer_dim=out,
        iou_head_depth=count(r"mask_decoder\.iou_prediction_head\.layers\.(\d+)\."),
        iou_head_hidden_dim=shape("mask_decoder.iou_prediction_head.layers.0.weight")[0],
    )
    return Sam(encoder, prompts, decoder)
