"""A trained network among the models of this machine."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.errors import ModelDamaged, TuneError
from lens.models.catalog import MODELS
from lens.models.encoders.tuned import FORMAT
from lens.models.entry import TUNED
from lens.models.formats import CONFIG, check_folder
from lens.models.imported import NAME
from lens.models.manifest import Manifest, fingerprint, models_folder, read_manifest, record, write_manifest
from lens.tuning.plan import TuneReport, folder

if TYPE_CHECKING:
    from lens.selfsup.anchored import Anchored

__all__ = ["check_free", "check_name", "read_facts", "run_behind", "save", "save_pictures", "with_pictures"]

PICTURES, ATTENTION = "pictures.png", "attention.png"
SHARP = 224
"""Pixels of the photos in them, at the least."""


def check_name(name: str) -> None:
    """Refuse what is no name of a model, or that of one in the catalogue.

    Raises:
        TuneError: it cannot be taken.
    """
    if not NAME.fullmatch(name):
        raise TuneError(f"{name!r} is no name of a model: lower case letters, digits, - and . only.")
    if name in MODELS:
        raise TuneError(f"{name} is a model of the catalogue: choose another --name.")


def check_free(name: str, run: str) -> None:
    """Refuse a name that another model has; what this run has left is its own.

    Raises:
        TuneError: it cannot be taken.
    """
    manifest = read_manifest(name)
    if manifest is None:
        return
    if read_facts(name, manifest.loader).get("run") != run:
        raise TuneError(f"There is a model {name} already: choose another --name, or lens models remove {name}.")


def read_facts(name: str, loader: str) -> dict[str, Any]:
    """What was kept beside an encoder; nothing if it was not trained here."""
    try:
        facts: dict[str, Any] = json.loads((models_folder() / name / _facts_file(loader)).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts


def run_behind(name: str) -> tuple[str | None, bool]:
    """The run that left an encoder, and whether it was finished; no run if it is no tuned encoder of this machine."""
    try:
        manifest = read_manifest(name)
    except ModelDamaged:
        return None, False
    facts = read_facts(name, manifest.loader) if manifest else {}
    return facts.get("run"), bool(facts.get("finished"))


def save(name: str, loader: str, write: Callable[[Path], None], facts: dict[str, Any]) -> None:
    """Keep an encoder, in the place of what the same run left before.

    Args:
        name: of the encoder.
        loader: what will read it, `TUNED` or `TRANSFORMERS`.
        write: writes its files into a folder.
        facts: of `about`, `run` and `finished`; `base`, the built-in encoder's revision, if it was tuned from it; and
            what people may want to know; plain JSON.

    Raises:
        TuneError: the models folder cannot be written.
    """
    from safetensors import SafetensorError

    home = models_folder()
    told = {"format": FORMAT, "model_type": "lens-tuned"} | facts
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=home) as beside:
            made = Path(beside) / "model"
            made.mkdir()
            write(made)
            (made / _facts_file(loader)).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
            files = tuple(record(made, file) for file in check_folder(made, loader))
            shutil.rmtree(home / name, ignore_errors=True)
            made.replace(home / name)
        write_manifest(Manifest(name, loader, None, fingerprint(files), facts["about"], files))
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise TuneError(f"{home / name} cannot be written: {reason}. The same command goes on.") from error


def save_pictures(report: TuneReport, method: "Anchored", photos: Sequence[Path], side: int) -> TuneReport:
    """Keep beside an encoder what there is to see: what its method says of photos, and where its network looks.

    Args:
        report: of the training.
        method: that was trained.
        photos: that it did not learn from.
        side: pixels of a view.
    """
    from lens.selfsup.attention import looks
    from lens.selfsup.decoded import decode_once
    from lens.selfsup.pictures import sheet

    with suppress(TuneError, OSError):  # the encoder is as good without
        pixels, _ = decode_once(photos, max(side, SHARP), folder())
        drawn = {PICTURES: sheet(method, pixels), ATTENTION: looks(method.before, method.backbone, pixels, side)}
        for file, picture in drawn.items():
            if picture:
                picture.save(models_folder() / report.name / file)
    return with_pictures(report)


def with_pictures(report: TuneReport) -> TuneReport:
    """A report that knows what `save_pictures` kept."""
    said, looked = (models_folder() / report.name / file for file in (PICTURES, ATTENTION))
    return replace(report, pictures=said if said.exists() else None, attention=looked if looked.exists() else None)


def _facts_file(loader: str) -> str:
    """What training says of itself: the configuration of a tuned tower, a file beside that of others."""
    return CONFIG[TUNED] if loader == TUNED else "training.json"
