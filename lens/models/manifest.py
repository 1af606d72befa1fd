"""What was pulled or imported, and what its files should be: one small JSON file for each model."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from lens.errors import ModelDamaged

BLOCK = 1 << 20


@dataclass(frozen=True)
class FileRecord:
    """One file as it was when the model was installed."""

    path: str
    """Relative to the model's folder."""
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """One installed model."""

    name: str
    loader: str
    repo: str | None
    """The repository on the hub; None for an imported model, whose files lie in `models_folder() / name`."""
    revision: str
    """The commit on the hub, else a fingerprint of the files."""
    architecture: str | None
    files: tuple[FileRecord, ...]


def models_folder() -> Path:
    """Where manifests and imported models lie: `LENS_MODELS`, else a folder among the user's data."""
    named = os.environ.get("LENS_MODELS")
    return Path(named).expanduser() if named else platformdirs.user_data_path("lens", appauthor=False) / "models"


def read_manifest(name: str) -> Manifest | None:
    """The manifest of one model; None if Lens has not installed it.

    Raises:
        ModelDamaged: there is one and it cannot be read.
    """
    file = _file(name)
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        files = tuple(FileRecord(**record) for record in held.pop("files"))
        return Manifest(**held, files=files)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelDamaged(f"{file} cannot be read ({error}): delete it and install {name} again.") from error


def all_manifests() -> list[Manifest]:
    """The manifests of all models that Lens has installed, by name."""
    names = sorted(file.stem for file in models_folder().glob("*.json"))
    return [manifest for name in names if (manifest := read_manifest(name))]


def write_manifest(manifest: Manifest) -> None:
    """Keep a manifest: wholly or, if that fails, not at all."""
    file = _file(manifest.name)
    file.parent.mkdir(parents=True, exist_ok=True)
    being_written = file.with_suffix(f".{os.getpid()}.part")
    try:
        being_written.write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
        being_written.replace(file)
    finally:
        being_written.unlink(missing_ok=True)


def delete_manifest(name: str) -> None:
    """Forget that a model is installed."""
    _file(name).unlink(missing_ok=True)


def record(folder: Path, path: str) -> FileRecord:
    """What a file is now."""
    return FileRecord(path, (folder / path).stat().st_size, sha256_of(folder / path))


def fingerprint(files: tuple[FileRecord, ...]) -> str:
    """One hash of several files; changes with any of them."""
    lines = sorted(f"{file.sha256} {file.path}" for file in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    hashed = hashlib.sha256()
    with file.open("rb") as content:
        while block := content.read(BLOCK):
            hashed.update(block)
    return hashed.hexdigest()


def differences(manifest: Manifest, folder: Path) -> list[str]:
    """One line for each file that is no longer what it was when the model was installed; reads every byte."""
    found = []
    for file in manifest.files:
        path = folder / file.path
        if not path.is_file():
            found.append(f"{path} is missing")
        elif (size := path.stat().st_size) != file.bytes:
            found.append(f"{path} has {size:,} bytes and should have {file.bytes:,}")
        elif (now := sha256_of(path)) != file.sha256:
            found.append(f"{path} has SHA-256 {now[:12]}… and should have {file.sha256[:12]}…")
    return found


def _file(name: str) -> Path:
    return models_folder() / f"{name}.json"
