"""What the libraries answer to weights that do not fit their configuration, told in one line."""

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lens.errors import LensError, ModelDamaged

__all__ = ["fitting", "without_initialising"]

ANSWERS = (
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    pickle.UnpicklingError,
)
"""What open_clip, transformers and timm raise, by what a file lacks; a bug of theirs looks the same."""


@contextmanager
def fitting(name: str) -> Iterator[None]:
    """Build a network and fill it with the weights of its folder.

    Raises:
        ModelDamaged: the library could not, for whatever reason it gives.
    """
    from safetensors import SafetensorError

    try:
        yield
    except LensError:
        raise
    except (*ANSWERS, SafetensorError) as error:
        raise ModelDamaged(
            f"The files of {name} do not fit together ({_reason(error)}): they are damaged or of another architecture."
        ) from error


@contextmanager
def without_initialising() -> Iterator[None]:
    """Build networks without drawing random weights, which take longer than reading those that replace all of them."""
    from torch.overrides import TorchFunctionMode

    class LeftAsTheyAre(TorchFunctionMode):
        def __torch_function__(self, function: Any, _: Any, args: Any = (), kwargs: Any = None) -> Any:
            if getattr(function, "__module__", None) == "torch.nn.init":
                return args[0] if args else kwargs["tensor"]
            return function(*args, **kwargs or {})

    with LeftAsTheyAre():
        yield


def _reason(error: Exception) -> str:
    """The line that says most: torch's list of misfits begins with its second."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    chosen = lines[1] if len(lines) > 1 and lines[0].startswith("Error(s) in loading state_dict") else lines[0]
    shown = chosen if len(chosen) <= 200 else f"{chosen[:200]}…"
    return f"{type(error).__name__}: {shown}" if isinstance(error, KeyError) else shown.rstrip(".:")
