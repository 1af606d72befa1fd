"""Taking a model off this machine."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lens.errors import ModelError, ModelMissing
from lens.models.files import encoder_name, find, is_path, repo_of
from lens.models.manifest import delete_manifest, models_folder, read_manifest

if TYPE_CHECKING:
    from huggingface_hub import DeleteCacheStrategy


@dataclass(frozen=True)
class Removal:
    """What a removal takes away."""

    name: str
    folder: Path
    bytes: int


def plan_removal(name: str) -> Removal:
    """What removing a model would take away.

    Raises:
        ModelMissing: it is not on this machine, or comes with Lens.
        ModelError: it is a folder of one's own, which Lens does not delete.
    """
    if is_path(name):
        raise ModelError(f"{name} is a folder of your own, which Lens does not delete.")
    manifest = read_manifest(encoder_name(name))
    repo = repo_of(name)
    if manifest and repo is None:
        folder = models_folder() / manifest.name
        return Removal(name, folder, sum(file.stat().st_size for file in folder.glob("*")))
    if repo is None:
        if find(name).folder is None:
            raise ModelError(f"{name} comes with Lens and cannot be removed.")
        raise ModelMissing(f"There is no model {name}.")
    strategy = _strategy(repo)
    if strategy is None:
        if manifest:
            return Removal(name, models_folder(), 0)
        raise ModelMissing(f"The model {name} is not on this machine.")
    folders = sorted(strategy.repos | strategy.snapshots)
    return Removal(name, folders[0], strategy.expected_freed_size)


def remove(name: str) -> Removal:
    """Delete a model's files; of one from the hub every revision in the hub's cache. Indexes keep their vectors.

    Raises:
        ModelMissing: it is not on this machine.
        ModelError: it comes with Lens, is a folder of one's own, or cannot be deleted.
    """
    removal = plan_removal(name)
    repo = repo_of(name)
    delete_manifest(encoder_name(name))
    try:
        if repo is None:
            shutil.rmtree(removal.folder)
        elif strategy := _strategy(repo):
            strategy.execute()
    except OSError as error:
        raise ModelError(f"{removal.folder} cannot be deleted: {error.strerror}.") from error
    return removal


def _strategy(repo: str) -> "DeleteCacheStrategy | None":
    """How the hub's cache would delete a repository; None if it does not hold it."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    try:
        cache = scan_cache_dir()
    except CacheNotFound:
        return None
    held = [found for found in cache.repos if found.repo_type == "model" and found.repo_id == repo]
    commits = [revision.commit_hash for found in held for revision in found.revisions]
    return cache.delete_revisions(*commits) if commits else None
