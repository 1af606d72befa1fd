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
from lens.library import Library
from lens.models import load
from lens.models.catalog import MODELS
from lens.models.files import installed


@dataclass(frozen=True)
class Finding:
    """What one look found."""

    subject: str
    ok: bool
    detail: str


def examine(index: str | Path | None = None) -> list[Finding]:
    """Look at the program, the models, the photo formats and the index; what is wrong says what to do."""
    return [_program(), *_models(), *_formats(), _cache(), _index(index)]


def _program() -> Finding:
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    return Finding("lens", True, f"{__version__}, Python {platform.python_version()}, {system}")


def _models() -> Iterator[Finding]:
    for name, model in MODELS.items():
        if model.repo and not installed(name):
            continue  # it needs a download, which nobody has to make
        try:
            info = load(name).info
        except LensError as error:
            yield Finding(f"{model.task} {name}", False, str(error))
        else:
            detail = f"{info.model}, {info.dim} numbers a photo, revision {info.revision[:12]}, {model.licence}"
            yield Finding(f"{model.task} {name}", True, detail)


def _formats() -> Iterator[Finding]:
    absent = [name for name in ("jpg", "zlib", "libtiff", "webp", "avif", "jpg_2000") if not features.check(name)]
    detail = f"Pillow {PIL.__version__}" + (f" without {', '.join(absent)}: those photos are skipped" if absent else "")
    yield Finding("formats", not absent, detail)
    heif = find_spec("pillow_heif") is not None
    yield Finding("HEIC", True, "can be read" if heif else "is skipped; to read it: pip install 'lens-photos[heif]'")


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
