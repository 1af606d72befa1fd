"""Whether everything Lens needs is in order on this machine."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import PIL
from PIL import features

from lens import __version__
from lens.config import cache_folder
from lens.errors import IndexNotFound, LensError
from lens.indexing.calibrating import WORTH_IT
from lens.library import Library
from lens.models import load
from lens.models.backends import remembered
from lens.models.catalog import DEFAULT_ENCODER
from lens.models.device import described, working_device
from lens.models.listing import ListedModel, listed

INSTALL = "pip install 'lens-photos[{}]'"


@dataclass(frozen=True)
class Finding:
    """What one look found."""

    subject: str
    ok: bool
    detail: str


def examine(index: str | Path | None = None) -> list[Finding]:
    """Look at the program, the models, the photo formats and the index; what is wrong says what to do."""
    return [_program(), _device(), *_models(), *_formats(), _cache(), _index(index)]


def _program() -> Finding:
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    return Finding("lens", True, f"{__version__}, Python {platform.python_version()}, {system}")


def _models() -> Iterator[Finding]:
    for model in listed():
        if model.installed == "no":
            continue  # nobody has to download it
        if model.installed != "yes":
            yield Finding(f"{model.task} {model.name}", False, model.installed)
            continue
        detail = f"{model.about}, {model.licence or 'licence not known'}{_backend(model)}"
        if model.name == DEFAULT_ENCODER and model.task == "encoder":  # the only one that loads in no time
            try:
                detail += f", revision {load(model.name).info.revision[:12]}"
            except LensError as error:
                yield Finding(f"{model.task} {model.name}", False, str(error))
                continue
        yield Finding(f"{model.task} {model.name}", True, detail)


def _backend(model: ListedModel) -> str:
    """What a calibration found to run a model fastest."""
    if model.task != "encoder":
        return ""
    if model.name == DEFAULT_ENCODER:
        return "; run by onnxruntime in float32"
    choice = remembered(model.name, model.revision) if model.revision else None
    if choice is None:
        return f"; what runs it fastest is found out by the first run over {WORTH_IT:,} photos"
    speeds = f"{choice.photos_per_second:.0f} photos/s, {choice.reference_per_second:.0f} in float32"
    return f"; run by {choice.backend}: {speeds}"


def _device() -> Finding:
    device, broken = working_device()
    return Finding("device", broken is None, broken or f"{described(device)}, for the models of the catalogue")


def _formats() -> Iterator[Finding]:
    absent = [name for name in ("jpg", "zlib", "libtiff", "webp", "avif", "jpg_2000") if not features.check(name)]
    detail = f"Pillow {PIL.__version__}" + (f" without {', '.join(absent)}: those photos are skipped" if absent else "")
    yield Finding("formats", not absent, detail)
    for subject, package, extra, reading in (
        ("HEIC", "pillow_heif", "heif", "read"),
        ("RAW", "rawpy", "raw", "read"),
        ("places", "reverse_geocode", "places", "named"),
    ):
        there = find_spec(package) is not None
        yield Finding(
            subject, True, f"can be {reading}" if there else f"not {reading} without: {INSTALL.format(extra)}"
        )


def _cache() -> Finding:
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Finding("cache", False, f"{folder} cannot be made ({error.strerror}): name another with LENS_CACHE")
    if not os.access(folder, os.W_OK):
        return Finding("cache", False, f"{folder} may not be written: name another with LENS_CACHE")
    return Finding("cache", True, str(folder))


def _index(index: str | Path | None) -> Finding:
    library = Library.open(index)
    try:
        status = library.status()
    except IndexNotFound:
        return Finding("index", True, f"none yet at {library.uri}; make one: lens index FOLDER")
    except LensError as error:
        return Finding("index", False, str(error))
    return Finding("index", True, f"{status.photos:,} photos, {status.missing:,} missing, at {status.path}")
