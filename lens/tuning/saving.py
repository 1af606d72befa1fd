"""A trained network among the models of this machine."""

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.errors import TuneError
from lens.models.catalog import MODELS
from lens.models.encoders.tuned import FORMAT
from lens.models.entry import TUNED
from lens.models.formats import CONFIG, check_folder
from lens.models.imported import NAME
from lens.models.manifest import Manifest, fingerprint, models_folder, read_manifest, record, write_manifest

if TYPE_CHECKING:
    from lens.selfsup.method import Method

__all__ = ["check_free", "check_name", "save", "save_pictures"]


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
    """Refuse a name that another model has; one that this run was stopped at is its own.

    Raises:
        TuneError: it cannot be taken.
    """
    manifest = read_manifest(name)
    if manifest is None:
        return
    known, finished = _run_of(models_folder() / name, manifest.loader)
    if known != run:
        raise TuneError(f"There is a model {name} already: choose another --name, or lens models remove {name}.")
    if finished:
        raise TuneError(f"{name} is trained like this already: lens encoders adopt {name} judges it.")


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


def save_pictures(name: str, method: "Method", photos: Sequence[Path], cache: Path) -> Path | None:
    """Keep beside an encoder a sheet of what its method says of photos: the file; None if there is nothing to see.

    Args:
        name: of the encoder.
        method: that was trained.
        photos: that it did not learn from.
        cache: for the photos as they are decoded.
    """
    from lens.selfsup.decoded import decode_once
    from lens.selfsup.pictures import sheet

    file = models_folder() / name / "pictures.png"
    with suppress(TuneError, OSError):  # the encoder is as good without
        drawn = sheet(method, decode_once(photos, method.view.side, cache)[0])
        if drawn:
            drawn.save(file)
            return file
    return None


def _facts_file(loader: str) -> str:
    """What training says of itself: the configuration of a tuned tower, a file beside that of others."""
    return CONFIG[TUNED] if loader == TUNED else "training.json"


def _run_of(folder: Path, loader: str) -> tuple[str | None, bool]:
    """The run that left this, and whether it was finished; no run if it is no tuned encoder."""
    try:
        facts = json.loads((folder / _facts_file(loader)).read_text(encoding="utf-8"))
        return str(facts["run"]), bool(facts["finished"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, False
