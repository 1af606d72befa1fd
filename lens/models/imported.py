"""Models from a folder or file of one's own, copied to where Lens keeps models.

A copy is made beside its final place and checked there, and one rename puts it in place. What fails leaves nothing.
"""

import difflib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from lens.errors import ModelDamaged, ModelError, ModelMissing
from lens.models.catalog import MODELS, OPEN_CLIP, TRANSFORMERS
from lens.models.detectors.loading import load_detector_files
from lens.models.files import ModelFiles, model_in
from lens.models.formats import (
    CHECKPOINTS,
    CONFIG,
    WEIGHTS,
    check_folder,
    check_weights,
    loader_of,
    names_in,
    needed,
    read_weights,
    weights_among,
)
from lens.models.kinds import SEGMENT_ANYTHING
from lens.models.loading import load_files
from lens.models.manifest import Manifest, fingerprint, models_folder, read_manifest, record, write_manifest
from lens.models.segmenters.loading import load_segmenter_files
from lens.models.segmenters.sam import input_side, is_sam

LOADERS: dict[str, Callable[..., object]] = {
    "encoder": load_files,
    "detector": load_detector_files,
    "segmenter": load_segmenter_files,
}
NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


def import_model(source: Path, name: str, architecture: str | None = None) -> Manifest:
    """Copy a model and give it a name.

    Args:
        source: a folder as open_clip, transformers or Optimum (ONNX) save it, one file of open_clip's weights, or a
            checkpoint of segment-anything.
        name: what to call it: lower case, digits, `-`, `.`.
        architecture: open_clip's name of the network, such as `ViT-B-32`; needed for a file of its weights.

    Raises:
        ModelMissing: there is nothing at `source`.
        ModelDamaged: it is cut short, of another format or architecture, or a pickle with code in it.
        ModelError: the name is taken or no name, or the copy cannot be written.
    """
    _check_name(name)
    if not source.exists():
        raise ModelMissing(f"There is nothing at {source}.")
    home = models_folder()
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=home) as beside:
            copy = Path(beside) / "model"
            copy.mkdir()
            if source.is_dir():
                _copy_folder(source, copy)
            else:
                _copy_file(source, copy, architecture)
            loader = loader_of(copy)
            files = tuple(record(copy, file) for file in check_folder(copy, loader))
            _try(ModelFiles(name, model_in(copy, loader), copy, "being imported"), source)
            copy.replace(home / name)
    except OSError as error:
        raise ModelError(f"{source} cannot be copied to {home / name}: {error.strerror}. Nothing is kept.") from error
    manifest = Manifest(name, loader, None, fingerprint(files), architecture, files)
    try:
        write_manifest(manifest)
    except OSError as error:
        shutil.rmtree(home / name, ignore_errors=True)
        raise ModelError(f"{source} cannot be copied to {home / name}: {error.strerror}. Nothing is kept.") from error
    return manifest


def _try(files: ModelFiles, source: Path) -> None:
    """Load the copy once, so that weights of another architecture are told now."""
    try:
        LOADERS[files.model.task](files, device="cpu")
    except ModelDamaged as error:
        raise ModelDamaged(f"{source} cannot be imported. {error}") from error


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise ModelError(f"{name!r} is no name for a model: use lower case, digits, - and .")
    if name in MODELS:
        raise ModelError(f"{name} is a model of the catalogue: choose another name.")
    if read_manifest(name) or (models_folder() / name).exists():
        raise ModelError(f"There is a model {name} already: choose another name, or lens models remove {name}")


def _copy_folder(source: Path, copy: Path) -> None:
    loader = loader_of(source)
    names = needed(names_in(source), loader)
    for weights in weights_among(names, loader):
        check_weights(source / weights)
    for file in names:
        (copy / file).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / file, copy / file)


def _copy_file(source: Path, copy: Path, architecture: str | None) -> None:
    if source.suffix != ".safetensors" and source.suffix not in CHECKPOINTS:
        raise ModelDamaged(f"{source} is of no format that Lens reads: .safetensors, {', '.join(sorted(CHECKPOINTS))}.")
    if architecture is None and is_sam(tensors := read_weights(source)):
        _copy_sam(source, copy, input_side(tensors))
        return
    if architecture is None:
        raise ModelError(f"{source} does not say which network it is for: add --architecture, such as ViT-B-32.")
    config = _config_of(architecture)
    check_weights(source)
    safe = source.suffix == ".safetensors"
    weights = copy / ("open_clip_model.safetensors" if safe else "open_clip_pytorch_model.bin")
    shutil.copyfile(source, weights)
    (copy / CONFIG[OPEN_CLIP]).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _copy_sam(source: Path, copy: Path, side: int) -> None:
    """A folder as transformers saves one, but for the type of the network, which none of its classes has."""
    safetensors, _, checkpoint = WEIGHTS[TRANSFORMERS]
    shutil.copyfile(source, copy / (safetensors if source.suffix == ".safetensors" else checkpoint))
    config = {"model_type": SEGMENT_ANYTHING, "image_size": side}
    (copy / CONFIG[TRANSFORMERS]).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _config_of(architecture: str) -> dict[str, object]:
    """What a folder of open_clip's says of a network: its layers, and how its photos are prepared."""
    import open_clip

    model = open_clip.get_model_config(architecture)
    if model is None:
        near = difflib.get_close_matches(architecture, open_clip.list_models(), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "open_clip.list_models() names them."
        raise ModelError(f"open_clip knows no architecture {architecture!r}; {hint}")
    text = model.get("text_cfg", {})
    if "hf_tokenizer_name" in text or "hf_model_name" in text:
        raise ModelError(f"{architecture} needs its tokenizer beside the weights: import the folder that holds both.")
    published = open_clip.list_pretrained_tags_by_model(architecture)
    preprocess = open_clip.get_pretrained_cfg(architecture, published[0]) if published else {}
    kept = ("mean", "std", "interpolation", "resize_mode")
    return {"model_cfg": model, "preprocess_cfg": {key: preprocess[key] for key in kept if key in preprocess}}
