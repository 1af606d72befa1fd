"""The image tower: EfficientNet-Lite2 trained on ImageNet (arXiv:1905.11946), all of it frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.errors import ModelDamaged
from lens.models.encoders.graph import Graph
from lens.models.encoders.onnx import OnnxNetwork, cached_network
from lens.models.weights import EFFICIENTNET_LITE2, locate

if TYPE_CHECKING:
    from torch import nn

__all__ = [
    "FIRST_STAGE",
    "STRIDE",
    "ImageFeatures",
    "ImageTower",
    "build",
    "input_size",
    "prepare",
    "reference_network",
    "trunk",
]

CHANNELS = 1280
CLASSES = 1000
STAGES = 1632
FIRST_STAGE = 2
"""The two stages before it see edges only."""
SIDE = 256
"""The input has about SIDE × SIDE pixels, in the photo's own proportions."""
STRIDE = 32
"""Both sides are multiples of the network's stride. All of TensorFlow's SAME paddings are then constant, so one graph
serves every proportion."""
BATCH = 16
VERSION = 2
"""Raise it when preprocessing or graph change: cached files and indexes are bound to it."""


@dataclass(frozen=True)
class ImageFeatures:
    """What the frozen tower knows about n photos."""

    pooled: NDArray[np.float32]  # (n, 1280), mean over the last feature map
    logits: NDArray[np.float32]  # (n, 1000), ImageNet classes in their usual order
    stages: NDArray[np.float32]  # (n, 1632), mean and maximum over the maps of the last five stages


class ImageTower:
    """Prepared photos to features.

    Args:
        threads: all processors if not given.
        file: of the network, as `build` makes it; that with the packaged weights if not given.
    """

    def __init__(self, threads: int | None = None, file: Path | None = None) -> None:
        self._network = OnnxNetwork(file or _packaged(), threads)

    def encode(self, inputs: Sequence[NDArray[np.generic]]) -> ImageFeatures:
        """The features of n photos that `prepare` made; photos of one size share a batch."""
        pooled = np.zeros((len(inputs), CHANNELS), np.float32)
        logits = np.zeros((len(inputs), CLASSES), np.float32)
        stages = np.zeros((len(inputs), STAGES), np.float32)
        outputs = ["pooled", "logits", "stages"]
        by_size: dict[tuple[int, ...], list[int]] = {}
        for index, pixels in enumerate(inputs):
            by_size.setdefault(pixels.shape, []).append(index)
        for members in by_size.values():
            for start in range(0, len(members), BATCH):
                chosen = members[start : start + BATCH]
                pixels = np.stack([inputs[index] for index in chosen])
                pooled[chosen], logits[chosen], stages[chosen] = self._network.run(outputs, {"pixels": pixels})
        return ImageFeatures(pooled, logits, stages)


def prepare(image: Image.Image) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: the whole photo at the input size nearest to its proportions."""
    rgb = image if image.mode == "RGB" else image.convert("RGB")  # which would copy it
    resized = rgb.resize(input_size(*image.size), Image.Resampling.BICUBIC)
    return np.asarray(resized, np.uint8)


def input_size(width: int, height: int) -> tuple[int, int]:
    """(width, height) of the network's input for a photo of this size."""
    proportion = np.log(width / height)
    return min(_sizes(), key=lambda size: abs(float(np.log(size[0] / size[1])) - float(proportion)))


@cache
def _sizes() -> list[tuple[int, int]]:
    sides = range(4 * STRIDE, 2 * SIDE + 1, STRIDE)
    area = SIDE * SIDE
    return [(width, height) for width in sides for height in sides if abs(width * height - area) < 0.12 * area]


def reference_network() -> "nn.Module":
    """The tower in torch, its classifier included, with the packaged weights; what the ONNX graph is checked against.

    Raises:
        ModelMissing: the package with the weights is not installed.
        ModelDamaged: the weights are not those of an EfficientNet-Lite2.
    """
    import timm
    import torch

    path = locate(EFFICIENTNET_LITE2)
    stored = torch.load(path, map_location="cpu", weights_only=True)
    network: nn.Module = timm.create_model("tf_efficientnet_lite2", pretrained=False)
    expected = network.state_dict()
    # The file has timm's tensors in timm's order under names of its own, so they are told apart by shape alone.
    shapes = [tuple(tensor.shape) for tensor in stored.values()]
    wanted = [tuple(tensor.shape) for tensor in expected.values()]
    if shapes != wanted:
        raise ModelDamaged(f"{path} does not hold the {len(wanted)} tensors of an EfficientNet-Lite2")
    network.load_state_dict(dict(zip(expected, stored.values(), strict=True)))
    return network.eval()


def _packaged() -> Path:
    """The file of the network with the packaged weights."""
    fingerprint = f"{EFFICIENTNET_LITE2.sha256[:12]}-{VERSION}"
    return cached_network("efficientnet-lite2", fingerprint, lambda: build(reference_network()))


def build(network: Any) -> bytes:
    """A network like the reference as ONNX: pixels (n, h, w, 3) uint8 to pooled (n, 1280), logits (n, 1000) and stages
    (n, 1632), float32.

    Raises:
        ModelDamaged: the result differs from the reference network.
    """
    graph = Graph()
    last, stages = trunk(graph, network)
    plane = graph.integers(2, 3)
    summaries = [graph.apply(f"Reduce{kind}", x, plane, keepdims=0) for x in stages for kind in ("Mean", "Max")]
    graph.apply("Concat", *summaries, axis=1, output="stages")
    pooled = graph.apply("ReduceMean", last, graph.integers(2, 3), keepdims=0, output="pooled")
    weight, bias = (
        graph.constant(part.detach().numpy()) for part in (network.classifier.weight, network.classifier.bias)
    )
    graph.apply("Gemm", pooled, weight, bias, transB=1, output="logits")
    content = graph.serialize(
        {"pixels": (np.uint8, ["n", "h", "w", 3])},
        {
            "pooled": (np.float32, ["n", CHANNELS]),
            "logits": (np.float32, ["n", CLASSES]),
            "stages": (np.float32, ["n", STAGES]),
        },
    )
    _check(content, network)
    return content


def trunk(graph: Graph, network: Any) -> tuple[str, list[str]]:
    """Write the network without its pooling and classifier into a graph, from `pixels` (n, h, w, 3) uint8.

    Returns:
        The last map, (n, 1280, h / 32, w / 32), and those of the last five stages, whose strides are 8, 16, 16, 32, 32.
    """
    zero, six = graph.scalar(0), graph.scalar(6)

    def convolve(x: str, convolution: Any, norm: Any, activate: bool) -> str:
        """Convolution with its batch normalisation folded in, then ReLU6."""
        scale = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()
        weight = (convolution.weight * scale[:, None, None, None]).detach().numpy()
        bias = (norm.bias - norm.running_mean * scale).detach().numpy()
        kernel, stride = convolution.kernel_size[0], convolution.stride[0]
        before = (kernel - stride) // 2  # SAME, for sides that the stride divides: the odd pixel goes after
        after = kernel - stride - before
        x = graph.apply(
            "Conv", x, graph.constant(weight), graph.constant(bias),
            kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[before, before, after, after],
            group=convolution.groups,
        )  # fmt: skip
        return graph.apply("Clip", x, zero, six) if activate else x

    x = graph.apply("Cast", "pixels", to=1)
    x = graph.apply("Transpose", x, perm=[0, 3, 1, 2])
    x = graph.apply("Div", graph.apply("Sub", x, graph.scalar(127)), graph.scalar(128))
    x = convolve(x, network.conv_stem, network.bn1, True)
    stages = []
    for number, stage in enumerate(network.blocks):
        for block in stage:
            entry = x
            if hasattr(block, "conv_pwl"):  # inverted residual: widen, filter, narrow
                x = convolve(x, block.conv_pw, block.bn1, True)
                x = convolve(x, block.conv_dw, block.bn2, True)
                x = convolve(x, block.conv_pwl, block.bn3, False)
            else:
                x = convolve(x, block.conv_dw, block.bn1, True)
                x = convolve(x, block.conv_pw, block.bn2, False)
            x = graph.apply("Add", x, entry) if block.has_skip else x
        if number >= FIRST_STAGE:
            stages.append(x)
    return convolve(x, network.conv_head, network.bn2, True), stages


def _check(content: bytes, network: Any) -> None:
    """Compare the graph with the reference on two photos of noise of different proportions."""
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    for width, height in (_sizes()[0], (SIDE, SIDE)):
        pixels = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
        (logits,) = session.run(["logits"], {"pixels": pixels})
        with torch.inference_mode():
            expected = network((torch.from_numpy(pixels).permute(0, 3, 1, 2).float() - 127) / 128).numpy()
        if not np.allclose(logits, expected, atol=1e-3):
            raise ModelDamaged(
                "the image tower's ONNX graph differs from the reference: pip install -U onnxruntime timm"
            )
