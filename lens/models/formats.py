"""Which files of a model are needed, and whether its weights are what they claim to be.

Weights come as safetensors, which hold numbers and nothing else, or as torch checkpoints, which are pickles: those are
read with `torch.load(weights_only=True)`, and one that wants to run code is refused.
"""

import json
import pickle
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from lens.errors import ModelDamaged
from lens.models.catalog import OPEN_CLIP, TRANSFORMERS

OPEN_CLIP_CONFIG, TRANSFORMERS_CONFIG = "open_clip_config.json", "config.json"
BESIDE_THE_WEIGHTS = {
    OPEN_CLIP_CONFIG,
    TRANSFORMERS_CONFIG,
    "added_tokens.json",
    "merges.txt",
    "preprocessor_config.json",
    "processor_config.json",
    "sentencepiece.bpe.model",
    "special_tokens_map.json",
    "spiece.model",
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "vocab.json",
    "vocab.txt",
}
WEIGHTS = {  # the one to take is the first that is there; safetensors before pickles
    OPEN_CLIP: (
        "open_clip_model.safetensors",
        "open_clip_pytorch_model.safetensors",
        "open_clip_pytorch_model.bin",
        "model.safetensors",
        "pytorch_model.bin",
    ),
    TRANSFORMERS: ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"),
}
CONFIG = {OPEN_CLIP: OPEN_CLIP_CONFIG, TRANSFORMERS: TRANSFORMERS_CONFIG}
SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
CHECKPOINTS = {".bin", ".pt", ".pth"}


def needed(names: Iterable[str], loader: str) -> list[str]:
    """The files of a repository or folder that its loader needs: configuration, tokenizer, one format of weights."""
    there = set(names)
    return sorted(there & BESIDE_THE_WEIGHTS) + weights_among(there, loader)


def weights_among(names: Iterable[str], loader: str) -> list[str]:
    """The files with the weights, in the best format there is; empty if there are none."""
    there = set(names)
    chosen = next((name for name in WEIGHTS[loader] if name in there), None)
    if chosen is None:
        return []
    return [chosen, *sorted(filter(SHARD.fullmatch, there))] if chosen.endswith(".index.json") else [chosen]


def loader_of(folder: Path) -> str:
    """Which library made a folder.

    Raises:
        ModelDamaged: neither open_clip's nor transformers' configuration is in it.
    """
    if (folder / OPEN_CLIP_CONFIG).is_file():
        return OPEN_CLIP
    if (folder / TRANSFORMERS_CONFIG).is_file():
        return TRANSFORMERS
    raise ModelDamaged(f"{folder} is no model's folder: it has neither {OPEN_CLIP_CONFIG} nor {TRANSFORMERS_CONFIG}.")


def check_folder(folder: Path, loader: str) -> list[str]:
    """The files of a folder that its loader needs, after a quick look at each.

    Raises:
        ModelDamaged: the weights are missing or cut short, or the configuration cannot be read.
    """
    names = [entry.name for entry in folder.iterdir() if entry.exists()]
    weights = weights_among(names, loader)
    if not weights:
        raise ModelDamaged(f"{folder} has no weights that can be read; looked for {', '.join(WEIGHTS[loader])}.")
    for name in weights:
        if name.endswith(".index.json"):
            shards = _json(folder / name).get("weight_map")
            absent = sorted(set(shards.values() if isinstance(shards, dict) else ()) - set(names))
            if absent:
                raise ModelDamaged(f"{folder} lacks {absent[0]}, which {name} names.")
        elif name.endswith(".safetensors"):
            check_safetensors(folder / name)
    _json(folder / CONFIG[loader])
    return needed(names, loader)


def check_weights(file: Path) -> None:
    """Look into a file of weights without running anything of it; reads a checkpoint wholly.

    Raises:
        ModelDamaged: it is cut short, of another format, or a pickle with code in it.
    """
    if file.suffix == ".safetensors":
        check_safetensors(file)
    elif file.suffix in CHECKPOINTS:
        check_checkpoint(file)
    elif not file.name.endswith(".index.json"):
        raise ModelDamaged(f"{file} is of no format that Lens reads: .safetensors, {', '.join(sorted(CHECKPOINTS))}.")


def check_safetensors(file: Path) -> None:
    """Check the header of a safetensors file against its length.

    Raises:
        ModelDamaged: it is cut short or no safetensors file.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy"):
            pass
    except (SafetensorError, OSError) as error:
        raise ModelDamaged(f"{file} is no whole safetensors file ({error}): get it again.") from error


def check_checkpoint(file: Path) -> None:
    """Read a torch checkpoint with code forbidden.

    Raises:
        ModelDamaged: it holds code or something else than weights, or it is cut short.
    """
    import torch

    try:
        held = torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    except pickle.UnpicklingError as error:
        if "global" in str(error).lower():
            raise ModelDamaged(
                f"{file} is a pickle with code in it, which may do anything to this machine: refused. "
                "Ask its publisher for safetensors."
            ) from error
        raise ModelDamaged(f"{file} is no whole torch checkpoint: get it again.") from error
    except (RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        raise ModelDamaged(f"{file} is no whole torch checkpoint ({_first_line(error)}): get it again.") from error
    if not isinstance(held, dict):
        raise ModelDamaged(f"{file} holds {type(held).__name__}, not a dictionary of weights.")


def _json(file: Path) -> dict[str, object]:
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelDamaged(f"{file} cannot be read ({error}): get it again.") from error
    if not isinstance(held, dict):
        raise ModelDamaged(f"{file} is not what it should be: get it again.")
    return held


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
