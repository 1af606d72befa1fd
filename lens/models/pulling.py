"""Downloading a model from the hub, checking it, and remembering what it should be."""

import hashlib
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from lens.errors import ModelDamaged, ModelMissing
from lens.indexing.report import Progress, Report, nothing_to_tell
from lens.models.catalog import MODELS, TRANSFORMERS
from lens.models.downloading import fetch
from lens.models.files import encoder_name, find, is_path, repo_of
from lens.models.formats import CONFIG, check_weights, loader_among, needed, weights_among
from lens.models.hub import explained, no_room, offline
from lens.models.manifest import FileRecord, Manifest, read_manifest, sha256_of, write_manifest

SAFE_MARGIN = 100_000_000  # bytes left free on the disk


@dataclass(frozen=True)
class Wanted:
    """One file to have."""

    path: str
    bytes: int
    sha256: str | None
    """As the hub announces it for large files."""
    blob: str
    """git's name of the content, which the hub announces for small files."""


@dataclass(frozen=True)
class Pull:
    """A download that is planned: what, from where, how much."""

    name: str
    loader: str
    repo: str
    architecture: str | None
    revision: str
    """The branch, tag or commit that was asked for."""
    commit: str
    files: tuple[Wanted, ...]
    bytes: int
    """How much of it is not in the cache yet."""


def plan(name: str, revision: str | None = None) -> Pull:
    """Ask the hub what there is to download.

    Args:
        name: a name from the catalogue, or `hf:org/repo`.
        revision: a commit, tag or branch; by default the commit that was pulled before, else the main branch.

    Raises:
        ModelMissing: there is no such model, the hub cannot be reached, or does not give it.
        ModelDamaged: the repository has no weights that Lens reads.
    """
    repo = None if is_path(name) else repo_of(name)
    if repo is None:
        find(name)  # says what to type if there is no such model
        raise ModelMissing(f"{name} needs no download.")
    if offline():
        raise ModelMissing(
            f"{name} cannot be pulled: the network is switched off (--offline, LENS_OFFLINE or HF_HUB_OFFLINE)."
        )
    from huggingface_hub import HfApi, constants

    called = encoder_name(name)
    pulled = read_manifest(called)
    revision = revision or (pulled.revision if pulled else constants.DEFAULT_REVISION)
    with explained(repo, revision):
        hub = HfApi()
        held = hub.model_info(repo, revision=revision, files_metadata=True)
        if held.gated:
            hub.auth_check(repo)
    commit = held.sha or revision
    siblings = {sibling.rfilename: sibling for sibling in held.siblings or []}
    model = MODELS.get(called)
    loader = model.loader if model else loader_among(siblings) or TRANSFORMERS
    names = needed(siblings, loader)
    if CONFIG[loader] not in names:
        raise ModelDamaged(f"{repo} is no model that Lens knows how to load: it has no {CONFIG[loader]}.")
    if not weights_among(names, loader):
        raise ModelDamaged(f"{repo} has no weights that Lens reads: neither safetensors nor a torch checkpoint.")
    files = []
    missing = 0
    for path in names:
        sibling = siblings[path]
        large = sibling.lfs
        file = Wanted(path, sibling.size or 0, large.sha256 if large else None, sibling.blob_id or "")
        files.append(file)
        if not _have(repo, path, commit):
            missing += file.bytes
    architecture = model.architecture if model else None
    return Pull(called, loader, repo, architecture, revision, commit, tuple(files), missing)


def pull(planned: Pull, *, progress: bool = False, on_progress: Report = nothing_to_tell) -> Manifest:
    """Download what is missing, check every file, and only then call the model installed.

    What came of a download that broke off is kept, and the next one goes on from there.

    Args:
        planned: what `plan` found.
        progress: draw a bar on stderr.
        on_progress: called as the bytes come.

    Raises:
        ModelMissing: the download did not come to its end, or the disk is full.
        ModelDamaged: a file is not what the hub announces, or a pickle with code in it; it is deleted.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    _check_room(Path(constants.HF_HUB_CACHE), planned)
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # a broken connection is told once, by our error
    if not progress:
        disable_progress_bars()
    come = 0

    def arrived(count: int) -> None:
        nonlocal come
        come += count
        on_progress(Progress(min(come, planned.bytes), planned.bytes, 0))

    with explained(planned.repo, planned.revision):
        for file in planned.files:
            if file.sha256 and not _have(planned.repo, file.path, planned.commit):
                fetch(planned.repo, file.path, planned.commit, arrived)
        folder = Path(
            snapshot_download(planned.repo, revision=planned.revision, allow_patterns=[f.path for f in planned.files])
        )
    on_progress(Progress(planned.bytes, planned.bytes, 0))
    if folder.name != planned.commit:
        raise ModelMissing(f"{planned.repo} changed while it was being pulled: run the same command again.")
    records = tuple(_checked(folder / file.path, file, planned) for file in planned.files)
    manifest = Manifest(planned.name, planned.loader, planned.repo, planned.commit, planned.architecture, records)
    write_manifest(manifest)
    return manifest


def _checked(file: Path, wanted: Wanted, pull: Pull) -> FileRecord:
    """The record of a file that is what the hub announced; any other is deleted, so that a new pull gets it anew."""
    try:
        sha256 = sha256_of(file)
        if wanted.sha256 and sha256 != wanted.sha256:
            raise ModelDamaged(
                f"{wanted.path} of {pull.repo} has SHA-256 {sha256[:12]}… and the hub announces "
                f"{wanted.sha256[:12]}…: deleted. Pull it again."
            )
        if not wanted.sha256 and wanted.blob and _git_name(file) != wanted.blob:
            raise ModelDamaged(f"{wanted.path} of {pull.repo} is not what the hub announces: deleted. Pull it again.")
        if wanted.path in weights_among([f.path for f in pull.files], pull.loader):
            check_weights(file)
    except ModelDamaged:
        file.resolve().unlink(missing_ok=True)
        file.unlink(missing_ok=True)
        raise
    return FileRecord(wanted.path, file.stat().st_size, sha256)


def _git_name(file: Path) -> str:
    """git's name of a small file's content."""
    content = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _have(repo: str, path: str, commit: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(repo, path, revision=commit), str)


def _check_room(cache: Path, pull: Pull) -> None:
    place = next(folder for folder in (cache, *cache.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    if pull.bytes and free < pull.bytes + SAFE_MARGIN:
        raise ModelMissing(no_room(pull.repo, f"{pull.bytes / 1e6:,.0f} MB to come, {free / 1e6:,.0f} MB free"))
