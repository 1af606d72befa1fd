"""The text tower: all-MiniLM-L6-v2, a six-layer BERT with mean pooling (arXiv:2002.10957, arXiv:1908.10084)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lens.errors import ModelDamaged
from lens.models.encoders.graph import Graph
from lens.models.encoders.onnx import OnnxNetwork, cached_network
from lens.models.weights import MINILM, MINILM_TOKENIZER, locate

__all__ = ["TextTower"]

DIM = 384
LAYERS = 6
HEADS = 12
MAX_TOKENS = 256
"""What sentence-transformers truncates at for this model."""
BATCH = 64
VERSION = 1
"""Raise it when preprocessing or graph change: cached files and indexes are bound to it."""


class TextTower:
    """Texts to sentence embeddings of unit norm."""

    def __init__(self, threads: int | None = None) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(locate(MINILM_TOKENIZER)))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        fingerprint = f"{MINILM.sha256[:12]}-{VERSION}"
        self._network = OnnxNetwork(cached_network("minilm-l6", fingerprint, _build), threads)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 384) unit-norm embeddings of n texts; what lies beyond 256 tokens is not read."""
        encodings = self._tokenizer.encode_batch(list(texts))
        lengths = np.array([len(encoding.ids) for encoding in encodings], np.int64)
        embeddings = np.zeros((len(encodings), DIM), np.float32)
        order = np.argsort(lengths, kind="stable")  # texts of like length share a batch, so little is padded
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            tokens = np.zeros((len(chosen), int(lengths[chosen].max())), np.int64)
            mask = np.zeros(tokens.shape, np.float32)
            for row, index in enumerate(chosen):
                tokens[row, : lengths[index]] = encodings[index].ids
                mask[row, : lengths[index]] = 1
            (embeddings[chosen],) = self._network.run(["embedding"], {"tokens": tokens, "mask": mask})
        return embeddings


def _build() -> bytes:
    """The network as ONNX: tokens (n, t) int64 and mask (n, t) float32 to embedding (n, 384)."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    path = locate(MINILM)
    try:
        weights: dict[str, NDArray[Any]] = load_file(path)
        return _graph(weights)
    except (SafetensorError, KeyError) as error:
        raise ModelDamaged(f"{path} does not hold all-MiniLM-L6-v2 ({error})") from error


def _graph(weights: dict[str, NDArray[Any]]) -> bytes:
    graph = Graph()

    def linear(x: str, name: str) -> str:
        product = graph.apply("MatMul", x, graph.constant(weights[f"{name}.weight"].T))
        return graph.apply("Add", product, graph.constant(weights[f"{name}.bias"]))

    def norm(x: str, name: str) -> str:
        scale, bias = (graph.constant(weights[f"{name}.LayerNorm.{part}"]) for part in ("weight", "bias"))
        return graph.apply("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-12)

    def split(x: str, axes: list[int]) -> str:
        heads = graph.apply("Reshape", x, graph.integers(0, 0, HEADS, DIM // HEADS))  # (n, t, 12, 32)
        return graph.apply("Transpose", heads, perm=axes)

    def gelu(x: str) -> str:
        erf = graph.apply("Erf", graph.apply("Div", x, graph.scalar(2**0.5)))
        return graph.apply("Mul", graph.apply("Mul", x, graph.apply("Add", erf, graph.scalar(1))), graph.scalar(0.5))

    words = graph.apply("Gather", graph.constant(weights["embeddings.word_embeddings.weight"]), "tokens")
    # One segment only, so its embedding is folded into those of the positions.
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.apply("Shape", "tokens", start=1, end=2)
    places = graph.apply("Slice", graph.constant(positions), graph.integers(0), length, graph.integers(0))
    x = norm(graph.apply("Add", words, places), "embeddings")  # (n, t, 384)

    absent = graph.apply("Sub", graph.scalar(1), "mask")
    absent = graph.apply("Unsqueeze", absent, graph.integers(1, 2))  # (n, 1, 1, t)
    penalty = graph.apply("Mul", absent, graph.scalar(-1e9))
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        query = split(linear(x, f"{name}.attention.self.query"), [0, 2, 1, 3])  # (n, 12, t, 32)
        key = split(linear(x, f"{name}.attention.self.key"), [0, 2, 3, 1])  # (n, 12, 32, t)
        value = split(linear(x, f"{name}.attention.self.value"), [0, 2, 1, 3])  # (n, 12, t, 32)
        scores = graph.apply("Div", graph.apply("MatMul", query, key), graph.scalar((DIM // HEADS) ** 0.5))
        weight = graph.apply("Softmax", graph.apply("Add", scores, penalty), axis=-1)
        mixed = graph.apply("Transpose", graph.apply("MatMul", weight, value), perm=[0, 2, 1, 3])
        mixed = graph.apply("Reshape", mixed, graph.integers(0, 0, DIM))  # (n, t, 384)
        attended = linear(mixed, f"{name}.attention.output.dense")
        x = norm(graph.apply("Add", attended, x), f"{name}.attention.output")
        hidden = gelu(linear(x, f"{name}.intermediate.dense"))  # (n, t, 1536)
        x = norm(graph.apply("Add", linear(hidden, f"{name}.output.dense"), x), f"{name}.output")

    present = graph.apply("Unsqueeze", "mask", graph.integers(2))  # (n, t, 1)
    total = graph.apply("ReduceSum", graph.apply("Mul", x, present), graph.integers(1), keepdims=0)
    # Mean pooling divides by the number of tokens; the norm that follows would undo it, so only the sum is taken.
    graph.apply("LpNormalization", total, axis=-1, p=2, output="embedding")
    return graph.serialize(
        {"tokens": (np.int64, ["n", "t"]), "mask": (np.float32, ["n", "t"])},
        {"embedding": (np.float32, ["n", DIM])},
    )
