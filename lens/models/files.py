"""The files of a model on this machine; finding them never uses the network."""

import difflib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from lens.errors import ModelDamaged, ModelMissing
from lens.models.catalog import MODELS, Model
from lens.models.formats import CONFIG, check_folder, loader_of
from lens.models.hub import cached, cached_repos
from lens.models.kinds import task_of
from lens.models.manifest import Manifest, all_manifests, fingerprint, models_folder, read_manifest, record

LOCAL, HUB, BY_TAG = "local-dir:", "hf:", "open-clip:"


@dataclass(frozen=True)
class ModelFiles:
    """Where the files of one model lie."""

    name: str
    """What its encoder is called: lower case, digits, `-`, `.`."""
    model: Model
    folder: Path | None
    """Holds the files as a snapshot from the hub does; None for a model that comes with Lens."""
    revision: str
    """The commit on the hub where it is known, else a fingerprint of the content."""

    @property
    def path(self) -> Path:
        """The folder of a model that has one.

        Raises:
            ModelMissing: it comes with Lens, in Python packages.
        """
        if self.folder is None:
            raise ModelMissing(f"{self.name} comes with Lens and has no folder: its weights lie in Python packages.")
        return self.folder


def find(name: str) -> ModelFiles:
    """The files of a model, by the name people type.

    Args:
        name: a name from the catalogue or of an imported model; the path of a folder (`./folder`, `/abs`,
            `local-dir:PATH`); a repository of the hub (`hf:org/repo`); or open_clip's architecture and tag
            (`open-clip:ViT-B-32/laion2b_s34b_b79k`).

    Raises:
        ModelMissing: there is no such model, or its files are not on this machine; says what to type.
        ModelDamaged: some of them are missing or cut short.
    """
    if is_path(name):
        return _in_folder(Path(name.removeprefix(LOCAL)).expanduser())
    called = encoder_name(name)
    manifest = read_manifest(called)
    model = MODELS.get(called)
    if model and model.repo is None:
        return ModelFiles(called, model, None, called)
    if manifest and manifest.repo is None:
        return _imported(manifest)
    repo = repo_of(name)
    if repo is None:
        raise ModelMissing(_unknown(name))
    configs = [CONFIG[model.loader]] if model else CONFIG.values()
    found = cached(repo, configs, manifest.revision if manifest else None)
    if found is None:
        raise ModelMissing(_absent(name, repo, model))
    folder, commit = found
    loader = model.loader if model else loader_of(folder)
    _check(folder, loader, manifest, f"lens models pull {name}")
    return ModelFiles(called, model or model_in(folder, loader, repo), folder, commit)


def installed(name: str) -> bool:
    """Whether a model can be used without a download; one that is damaged is there, and cannot."""
    try:
        find(name)
    except (ModelMissing, ModelDamaged):
        return False
    return True


def repo_of(name: str) -> str | None:
    """The repository on the hub behind a name; None if there is none.

    Raises:
        ModelMissing: open_clip knows no such architecture or tag.
    """
    if name.startswith(HUB):
        return name.removeprefix(HUB)
    if name in MODELS:
        return MODELS[name].repo
    manifest = read_manifest(encoder_name(name))
    if manifest:
        return manifest.repo
    if name.startswith(BY_TAG):
        return _repo_by_tag(name.removeprefix(BY_TAG))
    return next((repo for repo in cached_repos() if encoder_name(repo) == name), None)


def _repo_by_tag(tagged: str) -> str:
    """The repository of one of open_clip's pretrained models, named as architecture and tag."""
    import open_clip

    architecture, _, tag = tagged.partition("/")
    repo, _, file = str(open_clip.get_pretrained_cfg(architecture, tag).get("hf_hub", "")).rstrip("/").rpartition("/")
    if "/" in repo:
        raise ModelMissing(f"open_clip keeps {tagged} as a bare file, {file} of {repo}; only whole folders are loaded.")
    if not repo:
        known = ["/".join(pair) for pair in open_clip.list_pretrained()]
        near = difflib.get_close_matches(tagged, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "open_clip.list_pretrained() names them."
        raise ModelMissing(f"open_clip has no pretrained {tagged!r}; {hint}")
    return f"{repo}/{file}"


def is_path(name: str) -> bool:
    """Whether a name is the path of a folder or file."""
    return not name.startswith((HUB, BY_TAG)) and (name.startswith((LOCAL, ".", "~")) or "/" in name or "\\" in name)


def encoder_name(name: str) -> str:
    """What the encoder of a repository or folder is called: lower case, digits, `-`, `.`."""
    return re.sub(r"[^a-z0-9.]+", "-", name.removeprefix(HUB).lower()).strip("-.")


def size(count: int | None) -> str:
    """Bytes for people."""
    if count is None:
        return "size not known"
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _in_folder(folder: Path) -> ModelFiles:
    if folder.is_file():
        raise ModelMissing(
            f"{folder} is a file. Make a model of it: lens models import {folder} --name NAME --architecture ViT-B-32 "
            "(without --architecture if it is a SAM)."
        )
    if not folder.is_dir():
        known = (
            f" For a repository of the hub, type {HUB}{folder}."
            if re.fullmatch(r"[\w.-]+/[\w.-]+", str(folder))
            else ""
        )
        raise ModelMissing(f"There is no folder {folder}.{known}")
    folder = folder.resolve()
    loader = loader_of(folder)
    files = check_folder(folder, loader)
    revision = fingerprint(tuple(record(folder, file) for file in files))
    return ModelFiles(encoder_name(folder.name), model_in(folder, loader), folder, revision)


def _imported(manifest: Manifest) -> ModelFiles:
    folder = models_folder() / manifest.name
    _check(folder, manifest.loader, manifest, f"remove and import {manifest.name}")
    model = model_in(folder, manifest.loader, architecture=manifest.architecture)
    return ModelFiles(manifest.name, model, folder, manifest.revision)


def _check(folder: Path, loader: str, manifest: Manifest | None, remedy: str) -> None:
    """A look at each file that reads none wholly; `lens models verify` does that."""
    for file in manifest.files if manifest else ():
        path = folder / file.path
        if not path.is_file():
            raise ModelDamaged(f"{path} is missing: {remedy} again.")
        if (now := path.stat().st_size) != file.bytes:
            raise ModelDamaged(f"{path} has {now:,} bytes and should have {file.bytes:,}: {remedy} again.")
    try:
        check_folder(folder, loader)
    except ModelDamaged as error:
        raise ModelDamaged(f"{error} To mend it: {remedy}") from error


def model_in(folder: Path, loader: str, repo: str | None = None, architecture: str | None = None) -> Model:
    """What a folder's configuration says of a model that the catalogue does not know; 0 where it says nothing."""
    config = json.loads((folder / CONFIG[loader]).read_text(encoding="utf-8"))
    whole = config.get("model_cfg", config)
    vision = whole.get("vision_cfg") or whole.get("vision_config") or whole
    dim = whole.get("embed_dim") or whole.get("projection_dim") or vision.get("hidden_size")
    side = vision.get("image_size")
    side = side[0] if isinstance(side, list) else side
    task = task_of(str(config.get("model_type", "")))
    return Model(
        task=task,
        loader=loader,
        licence=None,
        source=repo or str(folder),
        about=architecture or str(config.get("model_type") or folder.name),
        dim=dim if isinstance(dim, int) and task == "encoder" else 0,
        input_side=side if isinstance(side, int) else 0,
        repo=repo,
        architecture=architecture,
    )


def _absent(name: str, repo: str, model: Model | None) -> str:
    much = f"{size(model.bytes)} from {repo}" if model and model.bytes else f"from {repo}"
    return f"The model {name} is not on this machine. Get it ({much}): lens models pull {name}"


def _unknown(name: str) -> str:
    shown = re.sub(r"[^ -~]", "?", name)
    known = [*MODELS, *(manifest.name for manifest in all_manifests())]
    near = difflib.get_close_matches(name.lower(), known, n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(dict.fromkeys(known))}."
    return f"There is no model named {shown!r}; {hint}"
