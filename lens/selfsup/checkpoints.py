"""What a run has learned, in one file of safetensors that is there wholly or not at all.

What is still as it was when the method was made is left out: frozen networks, and copies of them, are made again.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lens.errors import TuneError
from lens.models.weights import replace_file

__all__ = ["Moment", "Start", "keep", "start_of", "take_up"]

FORMAT = 2

Start: TypeAlias = Mapping[str, str]
"""By the names of a method's tensors, what they held before the first step, as a fingerprint; each tensor once."""


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


def start_of(method: nn.Module) -> Start:
    """What a method is made with."""
    return {name: _fingerprint(tensor) for name, tensor in _once(method).items()}


def keep(file: Path, method: nn.Module, optimizer: Optimizer, moment: Moment, start: Start) -> None:
    """Write a checkpoint in the place of the one before.

    Args:
        file: which.
        method: as it now is.
        optimizer: of the run.
        moment: where the run is.
        start: `start_of` the method before the first step.

    Raises:
        TuneError: it cannot be written; the one before is still there.
    """
    from safetensors.torch import save

    learned = {name: tensor for name, tensor in _once(method).items() if _fingerprint(tensor) != start[name]}
    tensors = {f"method.{name}": tensor.contiguous() for name, tensor in learned.items()}
    tensors |= {f"optimizer.{number}.{name}": tensor for number, name, tensor in _moments_of(optimizer)}
    facts = {"format": FORMAT, "rest": _rest(start, learned)} | asdict(moment)
    try:
        replace_file(file, save(tensors, metadata={"lens": json.dumps(facts)}))
    except OSError as error:
        raise TuneError(f"{file} cannot be written: {error.strerror}. The checkpoint before is kept.") from error


def take_up(file: Path, method: nn.Module, optimizer: Optimizer, recipe: dict[str, Any], start: Start) -> Moment | None:
    """Put a run back to where its checkpoint was written; None if there is none of this recipe and this start."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, "pt") as held:
            facts = json.loads(held.metadata()["lens"])
            tensors = {name: held.get_tensor(name) for name in list(held.keys())}
        if facts.pop("format") != FORMAT or facts["recipe"] != recipe:
            return None
        learned = _below("method.", tensors)
        if facts.pop("rest") != _rest(start, learned):
            return None
        moment = Moment(**facts)
        method.load_state_dict(learned, strict=False)
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


def _once(method: nn.Module) -> dict[str, Tensor]:
    """A method's tensors, each by the first of its names: parts of a method share them."""
    named = {id(tensor): name for name, tensor in reversed(method.state_dict(keep_vars=True).items())}
    tensors = method.state_dict()
    return {name: tensors[name] for name in named.values()}


def _fingerprint(tensor: Tensor) -> str:
    plain = tensor.detach().cpu().contiguous()
    return hashlib.blake2b(plain.reshape(-1).view(torch.uint8).numpy().tobytes(), digest_size=16).hexdigest()


def _rest(start: Start, learned: Collection[str]) -> str:
    """A fingerprint of all that a checkpoint leaves out."""
    left = sorted((name, held) for name, held in start.items() if name not in learned)
    return hashlib.blake2b(json.dumps(left).encode(), digest_size=16).hexdigest()


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
