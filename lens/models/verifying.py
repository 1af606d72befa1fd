"""Whether the files of installed models are still what they were."""

from dataclasses import dataclass
from pathlib import Path

from lens.errors import ModelMissing
from lens.models.files import encoder_name, find
from lens.models.formats import CONFIG
from lens.models.hub import cached
from lens.models.manifest import Manifest, all_manifests, differences, models_folder, read_manifest


@dataclass(frozen=True)
class Verified:
    """What reading every file of a model again showed."""

    name: str
    files: int
    problems: tuple[str, ...]


def verify(name: str | None = None) -> list[Verified]:
    """Hash the files of one model, or of all that Lens installed, and compare them with their manifests.

    Raises:
        ModelMissing: there is no such model, or Lens did not install it and so does not know what it should be.
    """
    if name is None:
        return [_verified(manifest) for manifest in all_manifests()]
    manifest = read_manifest(encoder_name(name))
    if manifest is None:
        find(name)  # says what to type if there is no such model
        raise ModelMissing(f"{name} was not pulled or imported by Lens, so there is nothing to compare it with.")
    return [_verified(manifest)]


def _verified(manifest: Manifest) -> Verified:
    folder = _folder(manifest)
    problems = differences(manifest, folder) if folder else [f"its files are gone: lens models pull {manifest.name}"]
    return Verified(manifest.name, len(manifest.files), tuple(problems))


def _folder(manifest: Manifest) -> Path | None:
    if manifest.repo is None:
        return models_folder() / manifest.name
    found = cached(manifest.repo, [CONFIG[manifest.loader]], manifest.revision)
    return found[0] if found else None
