"""A torch network on its device: arrays in, unit vectors out, in batches that fit into its memory."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from lens.errors import DeviceError
from lens.models.device import Compute
from lens.models.encoders.base import Vectors

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Inputs", "Network", "Outputs", "TorchTower", "Tower"]

log = logging.getLogger(__name__)

Inputs: TypeAlias = Mapping[str, NDArray[Any]]
"""What a network takes of one photo or text, by the names of its arguments."""
Outputs: TypeAlias = tuple[NDArray[np.float32], ...]
"""What a network gives for one photo."""
S = TypeVar("S")
T = TypeVar("T")
NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")


class Tower(Protocol):
    """One half of an encoder: prepared photos, or texts, to vectors, whatever runs it."""

    @property
    def batch(self) -> int:
        """How many it takes at once."""

    @property
    def thread_safe(self) -> bool:
        """Whether it may be asked from many threads at once."""

    def encode(self, inputs: Sequence[Inputs]) -> Vectors:
        """(n, dim) unit-norm vectors of n inputs, all of the same shapes."""


class TorchTower:
    """One function of a network.

    Args:
        network: holds the module.
        forward: called with the module and, as keyword arguments, the stacked inputs; (b, dim).
        dim: length of a vector.
    """

    thread_safe = False

    def __init__(self, network: "Network", forward: "Callable[..., Tensor]", dim: int) -> None:
        self.network, self.forward, self.dim = network, forward, dim

    @property
    def batch(self) -> int:
        """How many it takes at once; halved when the memory does not suffice."""
        return self.network.batch

    def encode(self, inputs: Sequence[Inputs]) -> Vectors:
        """(n, dim) unit-norm vectors.

        Raises:
            DeviceError: not even one of them fits into the memory.
        """
        return self.network.encode(partial(self.forward, self.network.module), inputs, self.dim)


class Network:
    """Runs the functions of one torch module, which it puts on its device.

    Args:
        module: the network.
        compute: how it is run.
        mixed: leave weights and inputs in float32 and let torch choose what is computed in less: for what reckons with
            places in a photo, which half precision knows to a few pixels only.
    """

    def __init__(self, module: Any, compute: Compute, *, mixed: bool = False) -> None:
        import torch

        self.mixed = mixed and compute.dtype != torch.float32
        self.dtype = torch.float32 if mixed else compute.dtype
        self.module = module.to(device=compute.device, dtype=self.dtype).eval().requires_grad_(False)
        self.batch = compute.batch
        """How many photos or texts it takes at once; halved when the memory does not suffice."""
        self.compute = compute

    def encode(self, forward: "Callable[..., Tensor]", inputs: Sequence[Inputs], dim: int) -> Vectors:
        """(n, dim) unit-norm vectors.

        Args:
            forward: called with the stacked inputs as keyword arguments; (b, dim).
            inputs: n, all of the same shapes.
            dim: length of a vector.

        Raises:
            DeviceError: not even one of them fits into the memory.
        """
        none = np.empty((0, dim), np.float32)
        return np.concatenate([none, *self._in_batches(partial(self._forward, forward), inputs)])

    def outputs(self, forward: "Callable[..., tuple[Tensor, ...]]", inputs: Sequence[Inputs]) -> list[Outputs]:
        """What a function of the network gives for each input, without the dimension of the batch, as float32.

        Args:
            forward: called with the stacked inputs as keyword arguments; tensors with one entry an input.
            inputs: n, of any shapes; those of the same shapes share a batch.

        Raises:
            DeviceError: not even one of them fits into the memory, or what is computed is not a number.
        """

        def work(part: Sequence[int]) -> list[tuple[int, Outputs]]:
            with self._running():
                found = forward(**self._stacked([inputs[index] for index in part]))
                arrays = [tensor.float().cpu().numpy() for tensor in found]
            if any(np.isnan(array).any() for array in arrays):
                raise DeviceError(
                    f"The model computes what is not a number, on {self.compute.device} in {self.compute.precision}: "
                    "choose --precision float32; if that does not help, its weights are damaged."
                )
            return list(zip(part, zip(*arrays, strict=True), strict=True))

        groups: dict[tuple[tuple[int, ...], ...], list[int]] = {}
        for index, each in enumerate(inputs):
            groups.setdefault(tuple(array.shape for array in each.values()), []).append(index)
        done = [pair for group in groups.values() for batch in self._in_batches(work, group) for pair in batch]
        return [found for _, found in sorted(done, key=lambda pair: pair[0])]

    def once(self, function: Callable[[], T]) -> T:
        """What a function of the network gives for one photo, left on the device.

        Raises:
            DeviceError: it does not fit into the memory.
        """
        with self._running():
            return self._in_batches(lambda _: function(), [None])[0]

    @contextmanager
    def _running(self) -> Iterator[None]:
        """Without what learning would need, in the precision that was asked for."""
        import torch

        kind = self.compute.device.partition(":")[0]
        with torch.inference_mode(), torch.autocast(kind, self.compute.dtype) if self.mixed else nullcontext():
            yield

    def _in_batches(self, work: Callable[[Sequence[S]], T], inputs: Sequence[S]) -> list[T]:
        results = []
        done = 0
        while done < len(inputs):
            part = inputs[done : done + self.batch]
            try:
                results.append(work(part))
            except RuntimeError as error:  # torch.OutOfMemoryError is one
                if not any(sign in str(error) for sign in NO_MEMORY):
                    raise
                self._shrink(len(part), error)
                continue
            done += len(part)
        return results

    def dim_of(self, forward: "Callable[..., Tensor]", inputs: Inputs) -> int:
        """How long the vectors are that a function gives."""
        return int(self._forward(forward, [inputs]).shape[1])

    def _forward(self, forward: "Callable[..., Tensor]", inputs: Sequence[Inputs]) -> Vectors:
        from torch.nn import functional

        with self._running():
            found: Vectors = functional.normalize(forward(**self._stacked(inputs)).float(), dim=-1).cpu().numpy()
        return found

    def _stacked(self, inputs: Sequence[Inputs]) -> "dict[str, Tensor]":
        return {name: self.sent([each[name] for each in inputs]) for name in inputs[0]}

    def sent(self, arrays: Sequence[NDArray[Any]] | NDArray[Any]) -> "Tensor":
        """Arrays of one shape as one tensor on the device, numbers with a fraction in the network's precision."""
        import torch

        kind = torch.from_numpy(np.empty(0, arrays[0].dtype)).dtype
        pinned = self.compute.device.startswith("cuda")  # which a GPU fetches from without another copy
        tensor = torch.empty((len(arrays), *arrays[0].shape), dtype=kind, pin_memory=pinned)
        np.stack(list(arrays), out=tensor.numpy())
        dtype = self.dtype if tensor.is_floating_point() else tensor.dtype
        return tensor.to(self.compute.device, non_blocking=True).to(dtype)

    def _shrink(self, tried: int, error: RuntimeError) -> None:
        if tried == 1:
            raise DeviceError(
                f"The memory of {self.compute.device} is too small for this model: choose a smaller model, or another "
                "--device."
            ) from error
        self.batch = tried // 2
        log.warning("Out of memory with %d at once on %s: going on with %d.", tried, self.compute.device, self.batch)
        self._give_back()

    def _give_back(self) -> None:
        """Let go of what the allocator keeps, so that the smaller batch finds it."""
        import torch

        if self.compute.device.startswith("cuda"):
            torch.cuda.empty_cache()
        elif self.compute.device == "mps":
            torch.mps.empty_cache()
