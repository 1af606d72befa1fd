"""An entry of the catalogue, and the libraries whose files Lens reads."""

from dataclasses import dataclass

__all__ = ["ONNX", "OPEN_CLIP", "TRANSFORMERS", "TUNED", "Model"]

OPEN_CLIP = "lens.models.encoders.open_clip:load"
TRANSFORMERS = "lens.models.encoders.transformers:load"
ONNX = "lens.models.encoders.onnx_folder:load"
TUNED = "lens.models.encoders.tuned:load"


@dataclass(frozen=True)
class Model:
    """One entry of the catalogue."""

    task: str
    """`encoder`, `detector` or `segmenter`."""
    loader: str
    """The library whose files they are, as the `module:function` of its encoders, imported only when one is used and
    called with its `ModelFiles` and the `Compute`. Detectors and segmenters are told apart by their configuration."""
    licence: str | None
    """As its publishers name it; None where it is not known."""
    source: str
    """Where the weights are published."""
    about: str
    dim: int
    """Length of a vector; 0 where none are made."""
    input_side: int
    """The side in pixels of what the network sees."""
    repo: str | None = None
    """The repository on the hub."""
    architecture: str | None = None
    """open_clip's name of the network, such as `ViT-B-32`."""
    bytes: int | None = None
    """About how much there is to download: the published number of weights, four bytes each; None if not known."""
    zero_shot: float | None = None
    """Published top-1 accuracy in percent on ImageNet-1k without training on it; None where none is published."""
    zero_shot_source: str = ""
    """Where that figure is published."""
    measured: float | None = None
    """In percent, how well a detector or segmenter that comes with Lens did where nothing was trained or chosen."""
    measured_by: str = ""
    """What that figure is, and which command measures it."""
    gated: bool = False
    """Whether its publishers ask people to accept the licence before they may download it."""
