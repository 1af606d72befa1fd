"""Networks of real architectures and sizes with random weights, in files as the hub has them: for speed, not to find.

`TINY` are the same architectures as small as the tests have them, to try what is measured with them.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import torch
import transformers

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import checkpoints, region_checkpoints  # noqa: E402

SQUARE = {"height": 224, "width": 224}


def clip(folder: Path) -> Path:
    """CLIP ViT-B/32 (arXiv:2103.00020)."""
    transformers.CLIPModel(transformers.CLIPConfig()).save_pretrained(folder)
    transformers.CLIPImageProcessor().save_pretrained(folder)
    region_checkpoints.clip_tokenizer(77).save_pretrained(folder)
    return folder


def siglip(folder: Path) -> Path:
    """SigLIP base, patches of 16, 224 pixels (arXiv:2303.15343)."""
    transformers.SiglipModel(transformers.SiglipConfig()).save_pretrained(folder)
    transformers.SiglipImageProcessor(size=SQUARE).save_pretrained(folder)
    checkpoints.save_tokenizer(folder)
    return folder


def dinov2(folder: Path) -> Path:
    """DINOv2 base, patches of 14, 224 pixels (arXiv:2304.07193)."""
    transformers.Dinov2Model(transformers.Dinov2Config(image_size=518, patch_size=14)).save_pretrained(folder)
    transformers.BitImageProcessor(size={"shortest_edge": 256}, crop_size=SQUARE).save_pretrained(folder)
    return folder


def grounding_dino(folder: Path) -> Path:
    """GroundingDINO with Swin-T, 800 pixels (arXiv:2303.05499)."""
    swin = transformers.SwinConfig(
        embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=7, out_indices=[2, 3, 4]
    )
    config = transformers.GroundingDinoConfig(backbone_config=swin, text_config=transformers.BertConfig())
    module = transformers.GroundingDinoForObjectDetection(config)
    processor = transformers.GroundingDinoImageProcessor(size={"shortest_edge": 800, "longest_edge": 1333})
    module.save_pretrained(folder)
    transformers.GroundingDinoProcessor(processor, region_checkpoints.bert_tokenizer()).save_pretrained(folder)
    return folder


def owlv2(folder: Path) -> Path:
    """OWLv2 base, patches of 16, 960 pixels (arXiv:2306.09683)."""
    vision = {"image_size": 960, "patch_size": 16}
    module = transformers.Owlv2ForObjectDetection(transformers.Owlv2Config(vision_config=vision))
    processor = transformers.Owlv2ImageProcessor(size={"height": 960, "width": 960})
    module.save_pretrained(folder)
    transformers.Owlv2Processor(processor, region_checkpoints.clip_tokenizer()).save_pretrained(folder)
    return folder


def sam(folder: Path) -> Path:
    """SAM ViT-B, 1024 pixels (arXiv:2304.02643), as segment-anything publishes it."""
    from segment_anything import sam_model_registry

    folder.mkdir(parents=True, exist_ok=True)
    torch.save(sam_model_registry["vit_b"]().state_dict(), folder / "sam.pth")
    return folder / "sam.pth"


def tiny_sam(folder: Path) -> Path:
    """The same as small as tests have it."""
    folder.mkdir(parents=True, exist_ok=True)
    return region_checkpoints.sam_checkpoint(folder / "sam.pth")


REAL: dict[str, Callable[[Path], Path]] = {
    "clip": clip,
    "siglip": siglip,
    "dinov2": dinov2,
    "grounding_dino": grounding_dino,
    "owlv2": owlv2,
    "sam": sam,
}
TINY: dict[str, Callable[[Path], Path]] = {
    "clip": checkpoints.transformers_clip,
    "siglip": checkpoints.transformers_siglip,
    "dinov2": checkpoints.dinov2,
    "grounding_dino": region_checkpoints.grounding_dino,
    "owlv2": region_checkpoints.owlv2,
    "sam": tiny_sam,
}
