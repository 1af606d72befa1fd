"""What a run knows, in one file of safetensors that is there wholly or not at all."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lens.errors import TuneError
from lens.models.weights import replace_file

__all__ = ["Moment", "keep", "take_up"]

FORMAT = 1


@dataclass(frozen=True)
class Moment:
    """Where a run is."""

    step: int
    """Steps that are done."""
    recipe: dict[str, Any]
    """What it is: a checkpoint of another recipe is no beginning of this one."""
    curve: Sequence[dict[str, float]]
    """What was measured, once an epoch."""
    losses: Sequence[float]
    """Of the epoch under way."""


def keep(file: Path, method: nn.Module, optimizer: Optimizer, moment: Moment) -> None:
    """Write a checkpoint in the place of the one before.

    Raises:
        TuneError: it cannot be written; the one before is still there.
    """
    from safetensors.torch import save

    tensors = {f"method.{name}": tensor.contiguous() for name, tensor in method.state_dict().items()}
    tensors |= {f"optimizer.{number}.{name}": tensor for number, name, tensor in _moments_of(optimizer)}
    apart = {name: tensor.detach().clone() for name, tensor in tensors.items()}  # parts of a method share tensors
    try:
        replace_file(file, save(apart, metadata={"lens": json.dumps({"format": FORMAT} | asdict(moment))}))
    except OSError as error:
        raise TuneError(f"{file} cannot be written: {error.strerror}. The checkpoint before is kept.") from error


def take_up(file: Path, method: nn.Module, optimizer: Optimizer, recipe: dict[str, Any]) -> Moment | None:
    """Put a run back to where its checkpoint was written; None if there is none of this recipe."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as held:
            facts = json.loads(held.metadata()["lens"])
            tensors = {name: held.get_tensor(name) for name in list(held.keys())}
        if facts.pop("format") != FORMAT or facts["recipe"] != recipe:
            return None
        moment = Moment(**facts)
        method.load_state_dict(_below("method.", tensors))
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _below("optimizer.", tensors).items():
            number, part = name.split(".", 1)
            state.setdefault(int(number), {})[part] = tensor
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    except FileNotFoundError:
        return None
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise TuneError(f"{file} cannot be read ({error}): delete it to begin anew.") from error
    return moment


def _moments_of(optimizer: Optimizer) -> list[tuple[int, str, Tensor]]:
    held = optimizer.state_dict()["state"]
    return [
        (number, name, torch.as_tensor(value))
        for number, values in held.items()
        for name, value in values.items()
        if value is not None
    ]


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
