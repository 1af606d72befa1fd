"""Which networks are detectors and which are segmenters, by the `model_type` that a folder's `config.json` names."""

__all__ = ["DETECTORS", "SEGMENTERS", "SEGMENT_ANYTHING", "task_of"]

SEGMENT_ANYTHING = "segment-anything"
"""The type that Lens writes beside a checkpoint of segment-anything, which has no configuration of its own."""
DETECTORS = {
    "grounding-dino": "lens.models.detectors.grounding_dino",
    "owlv2": "lens.models.detectors.owlv2",
}
"""The module whose `load` reads the folder; `SEGMENTERS` likewise."""
SEGMENTERS = {
    "clipseg": "lens.models.segmenters.clipseg",
    "edgetam": "lens.models.segmenters.sam2",
    "edgetam_video": "lens.models.segmenters.sam2",
    "sam": "lens.models.segmenters.sam2",
    "sam2": "lens.models.segmenters.sam2",
    "sam2_video": "lens.models.segmenters.sam2",
    "sam3": "lens.models.segmenters.sam3",
    "sam3_tracker": "lens.models.segmenters.sam2",
    "sam3_video": "lens.models.segmenters.sam3",
    SEGMENT_ANYTHING: "lens.models.segmenters.sam",
}


def task_of(model_type: str) -> str:
    """`detector`, `segmenter` or, of all others, `encoder`."""
    if model_type in DETECTORS:
        return "detector"
    return "segmenter" if model_type in SEGMENTERS else "encoder"
