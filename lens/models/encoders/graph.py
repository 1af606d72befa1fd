"""An ONNX graph, written down operator by operator.

Writing a small, fixed network this way takes half a second where tracing it takes half a minute, which is the
difference between a first search that starts and one that seems to hang.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Graph"]

OPSET = 18
"""Old enough for every supported onnxruntime, new enough for LayerNormalization (opset 17)."""
IR_VERSION = 10


class Graph:
    """Operators in the order they run; every method returns the name of its result."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, value: NDArray[Any] | np.generic) -> str:
        """A tensor stored in the graph."""
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape), name))
        return name

    def scalar(self, value: float) -> str:
        """A float32 number stored in the graph."""
        return self.constant(np.float32(value))

    def integers(self, *values: int) -> str:
        """A list of int64 stored in the graph: axes, or a shape."""
        return self.constant(np.array(values, np.int64))

    def apply(self, operator: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Apply an ONNX operator; `output` names the result where it is an output of the graph."""
        from onnx import helper

        name = output or f"{operator}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def serialize(
        self,
        inputs: Mapping[str, tuple[type[np.generic], Sequence[str | int]]],
        outputs: Mapping[str, tuple[type[np.generic], Sequence[str | int]]],
    ) -> bytes:
        """The finished model; inputs and outputs are name → (dtype, shape), a free side being a name."""
        from onnx import checker, helper

        def declare(values: Mapping[str, tuple[type[np.generic], Sequence[str | int]]]) -> list[Any]:
            return [
                helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)
                for name, (dtype, shape) in values.items()
            ]

        graph = helper.make_graph(self._nodes, "tower", declare(inputs), declare(outputs), self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        checker.check_model(model)
        serialized: bytes = model.SerializeToString()
        return serialized
