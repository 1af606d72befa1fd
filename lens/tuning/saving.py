"""A trained tower among the models of this machine."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.errors import TuneError
from lens.models.catalog import MODELS
from lens.models.encoders.tuned import FORMAT
from lens.models.entry import TUNED
from lens.models.formats import CONFIG, WEIGHTS
from lens.models.imported import NAME
from lens.models.manifest import Manifest, fingerprint, models_folder, read_manifest, record, write_manifest

if TYPE_CHECKING:
    from torch import Tensor

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
    if read_manifest(name) is None:
        return
    known, finished = _run_of(models_folder() / name)
    if known != run:
        raise TuneError(f"There is a model {name} already: choose another --name, or lens models remove {name}.")
    if finished:
        raise TuneError(f"{name} is trained like this already: lens encoders adopt {name} judges it.")


def save(name: str, tensors: "dict[str, Tensor]", facts: dict[str, Any]) -> None:
    """Keep the network's tensors as an encoder, in the place of what the same run left before.

    Args:
        name: of the encoder.
        tensors: of an image tower, as `reference_network` has them.
        facts: of `base`, the built-in encoder's revision; `about`; `run` and `finished`; and what people may want to
            know; plain JSON.

    Raises:
        TuneError: the models folder cannot be written.
    """
    from safetensors.torch import save_file

    home = models_folder()
    config = {"format": FORMAT, "model_type": "lens-tuned"} | facts
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=home) as beside:
            made = Path(beside) / "model"
            made.mkdir()
            save_file({each: tensor.contiguous() for each, tensor in tensors.items()}, made / WEIGHTS[TUNED][0])
            (made / CONFIG[TUNED]).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
            files = tuple(record(made, file) for file in (WEIGHTS[TUNED][0], CONFIG[TUNED]))
            shutil.rmtree(home / name, ignore_errors=True)
            made.replace(home / name)
        write_manifest(Manifest(name, TUNED, None, fingerprint(files), facts["about"], files))
    except OSError as error:
        raise TuneError(f"{home / name} cannot be written: {error.strerror}. The same command goes on.") from error


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


def _run_of(folder: Path) -> tuple[str | None, bool]:
    """The run that left this, and whether it was finished; no run if it is no tuned encoder."""
    try:
        facts = json.loads((folder / CONFIG[TUNED]).read_text(encoding="utf-8"))
        return str(facts["run"]), bool(facts["finished"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, False
