"""Which files of a model are needed, and whether its weights are what they claim to be.

Weights come as safetensors, which hold numbers and nothing else, or as torch checkpoints, which are pickles: those are
read with `torch.load(weights_only=True)`, and one that wants to run code is refused; or as ONNX, a graph of known
operators.
"""

import json
import pickle
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lens.errors import ModelDamaged
from lens.models.catalog import ONNX, OPEN_CLIP, TRANSFORMERS, TUNED

if TYPE_CHECKING:
    from torch import Tensor

OPEN_CLIP_CONFIG, TRANSFORMERS_CONFIG = "open_clip_config.json", "config.json"
TUNED_CONFIG = "lens_tuned.json"
BESIDE_THE_WEIGHTS = {
    OPEN_CLIP_CONFIG,
    TRANSFORMERS_CONFIG,
    TUNED_CONFIG,
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
HEADS = "heads.safetensors"
"""Of the built-in encoder, where they and not its tower of photos were tuned."""
WEIGHTS = {  # the one to take is the first that is there; safetensors before pickles
    OPEN_CLIP: (
        "open_clip_model.safetensors",
        "open_clip_pytorch_model.safetensors",
        "open_clip_pytorch_model.bin",
        "model.safetensors",
        "pytorch_model.bin",
    ),
    TRANSFORMERS: ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"),
    ONNX: ("onnx/vision_model.onnx", "vision_model.onnx", "onnx/model.onnx", "model.onnx"),
    TUNED: ("model.safetensors", HEADS),
}
ONNX_TEXT = ("onnx/text_model.onnx", "text_model.onnx")
"""The tower of words, beside that of photos."""
CONFIG = {
    OPEN_CLIP: OPEN_CLIP_CONFIG,
    TRANSFORMERS: TRANSFORMERS_CONFIG,
    ONNX: TRANSFORMERS_CONFIG,
    TUNED: TUNED_CONFIG,
}
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
    if loader == ONNX:
        towers = [chosen, *(name for name in ONNX_TEXT if name in there)]
        return [*towers, *sorted(f"{name}_data" for name in towers if f"{name}_data" in there)]
    return [chosen, *sorted(filter(SHARD.fullmatch, there))] if chosen.endswith(".index.json") else [chosen]


def loader_among(names: Iterable[str]) -> str | None:
    """Which library a folder with these files is for; None if its configuration is not among them."""
    there = set(names)
    if OPEN_CLIP_CONFIG in there:
        return OPEN_CLIP
    if TUNED_CONFIG in there:
        return TUNED
    if TRANSFORMERS_CONFIG not in there:
        return None
    return ONNX if weights_among(there, ONNX) and not weights_among(there, TRANSFORMERS) else TRANSFORMERS


def loader_of(folder: Path) -> str:
    """Which library made a folder.

    Raises:
        ModelDamaged: neither open_clip's nor transformers' configuration is in it.
    """
    loader = loader_among(names_in(folder))
    if loader:
        return loader
    raise ModelDamaged(f"{folder} is no model's folder: it has neither {OPEN_CLIP_CONFIG} nor {TRANSFORMERS_CONFIG}.")


def names_in(folder: Path) -> list[str]:
    """The files of a folder and of the folders in it, with `/` between."""
    entries = [*folder.glob("*"), *folder.glob("*/*")]
    return [entry.relative_to(folder).as_posix() for entry in entries if entry.is_file()]


def check_folder(folder: Path, loader: str) -> list[str]:
    """The files of a folder that its loader needs, after a quick look at each.

    Raises:
        ModelDamaged: the weights are missing or cut short, or the configuration cannot be read.
    """
    names = names_in(folder)
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


def read_weights(file: Path) -> "dict[str, Tensor]":
    """The tensors of one file, mapped into memory where its format allows.

    Raises:
        ModelDamaged: it is cut short, of another format, or a pickle with code in it.
    """
    import torch

    check_weights(file)
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        tensors: dict[str, Tensor] = load_file(file)
        return tensors
    held: dict[str, Tensor] = torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    return held


def check_weights(file: Path) -> None:
    """Look into a file of weights without running anything of it; reads a checkpoint wholly.

    Raises:
        ModelDamaged: it is cut short, of another format, or a pickle with code in it.
    """
    if file.suffix == ".safetensors":
        check_safetensors(file)
    elif file.suffix in CHECKPOINTS:
        check_checkpoint(file)
    elif file.suffix == ".onnx":
        check_onnx(file)
    elif file.name.endswith(".onnx_data"):
        pass  # numbers alone, without a form of their own
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


def check_onnx(file: Path) -> None:
    """Read an ONNX graph, without what it keeps in files beside it.

    Raises:
        ModelDamaged: it is cut short or no ONNX file.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        nodes = len(onnx.load(file, load_external_data=False).graph.node)
    except (DecodeError, OSError, ValueError) as error:
        raise ModelDamaged(f"{file} is no whole ONNX file ({_first_line(error)}): get it again.") from error
    if not nodes:
        raise ModelDamaged(f"{file} is no ONNX file with a network in it.")


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
