"""All models there are, and what is known of each."""

from dataclasses import dataclass

from lens.errors import ModelDamaged, ModelMissing
from lens.models.catalog import MODELS, Model
from lens.models.catalog_regions import BUILTIN
from lens.models.files import find
from lens.models.manifest import all_manifests
from lens.models.speed import measured_speed


@dataclass(frozen=True)
class ListedModel:
    """One line of the list."""

    name: str
    task: str
    about: str
    source: str
    licence: str | None
    bytes: int | None
    """What is on the disk if it is installed by Lens, else about how much there is to download."""
    input_side: int
    dim: int
    zero_shot: float | None
    zero_shot_source: str
    measured: float | None
    """Of what comes with Lens, in percent: `measured_by` says of what."""
    measured_by: str
    photos_per_second: float | None
    """On this machine, once measured."""
    installed: str
    """`yes`, `no`, or what is wrong with its files."""
    revision: str | None


def listed() -> list[ListedModel]:
    """The models that come with Lens, those of the catalogue, then those imported or pulled by repository."""
    manifests = {manifest.name: manifest for manifest in all_manifests()}
    models = [_listed("builtin", model, "yes", "builtin", None) for model in (MODELS["builtin"], *BUILTIN)]
    for name in [*MODELS, *(name for name in manifests if name not in MODELS)]:
        if name == "builtin":
            continue
        model: Model | None = MODELS.get(name)
        revision = None
        try:
            files = find(name)
            state, model, revision = "yes", files.model, files.revision
        except ModelMissing:
            state = "no"
        except ModelDamaged as error:
            state = str(error)
        manifest = manifests.get(name)
        held = sum(file.bytes for file in manifest.files) if manifest else None
        models.append(_listed(name, model, state, revision, held))
    return models


def _listed(name: str, model: Model | None, state: str, revision: str | None, held: int | None) -> ListedModel:
    return ListedModel(
        name=name,
        task=model.task if model else "encoder",
        about=model.about if model else "",
        source=model.source if model else "",
        licence=model.licence if model else None,
        bytes=held if held is not None else (model.bytes if model else None),
        input_side=model.input_side if model else 0,
        dim=model.dim if model else 0,
        zero_shot=model.zero_shot if model else None,
        zero_shot_source=model.zero_shot_source if model else "",
        measured=model.measured if model else None,
        measured_by=model.measured_by if model else "",
        photos_per_second=measured_speed(name) if model is None or model.task == "encoder" else None,
        installed=state,
        revision=revision,
    )
