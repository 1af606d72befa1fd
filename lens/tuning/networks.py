"""What a training starts from: the built-in tower, a network of transformers', or one of timm's with random weights."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lens.errors import ModelError, TuneError
from lens.models.catalog import MODELS
from lens.models.encoders.builtin import load_builtin
from lens.models.encoders.heads import Heads
from lens.models.entry import TRANSFORMERS, TUNED
from lens.models.files import encoder_name, find
from lens.models.formats import TRANSFORMERS_CONFIG
from lens.models.manifest import all_manifests

if TYPE_CHECKING:
    from lens.selfsup.backbones import Backbone
    from lens.selfsup.language import Lock, Words

__all__ = [
    "BUILTIN", "FOR_HEADS", "Settings", "Start", "check_packages", "settings_for", "start_from", "trainable",
    "whole_network",
]  # fmt: skip

BUILTIN, TIMM = "builtin", "timm:"
SCRATCH_STEPS, SCRATCH_EPOCHS = 2_000, (20, 200)
"""From random weights: so many steps, as far as these epochs allow."""
RATES = {"last": 1e-4, "all": 1e-5, "lora": 2e-4, "scratch": 1e-3}
"""Largest learning rates by what is trained: what was learned before is soon forgotten."""
WORDS_ALONE = 1e-3
"""Learning rate of the built-in heads of words while those of photos are locked: with less they hardly move."""


@dataclass(frozen=True)
class Start:
    """A network, and which of its weights are trained."""

    backbone: str
    """As it was asked for: `builtin`, a name or folder as `lens.models.files.find` takes it, or `timm:NAME`."""
    trained: str
    """One of `lens.selfsup.published.TRAINED`."""
    name: str
    """What encoders made of it are called by default, before the method."""
    revision: str
    """Fingerprint of what it starts from."""
    loader: str
    """What will read the encoder."""

    @property
    def encoder(self) -> str | None:
        """The encoder that it was, by name; None where there was none before."""
        return None if self.backbone.startswith(TIMM) else self.backbone

    def network(self, side: int) -> "Backbone":
        """The network itself, for views of so many pixels; what is random in it is drawn from torch's generator.

        Raises:
            ModelError: it cannot be loaded.
            TuneError: it takes no such views, or cannot be trained like this.
        """
        from lens.selfsup.patches import backbone_of
        from lens.selfsup.published import timm_network
        from lens.selfsup.tower import BuiltinTower

        if self.backbone == BUILTIN:
            return BuiltinTower(load_builtin().heads)
        if self.backbone.startswith(TIMM):
            return backbone_of(*timm_network(self.backbone.removeprefix(TIMM)), self.trained, side)
        from lens.models.encoders.transformers import read_network

        files = find(self.backbone)
        read = read_network(files, weights=self.trained != "scratch")
        return backbone_of(*read, self.trained, side, files.path)

    def check_words(self) -> None:
        """Refuse a network that knows no words, before photos are read for it.

        Raises:
            TuneError: it does not.
            ModelError: it is not on this machine.
        """
        if self.backbone == BUILTIN:
            return
        knows = not self.backbone.startswith(TIMM) and "text_config" in json.loads(
            (find(self.backbone).path / TRANSFORMERS_CONFIG).read_text(encoding="utf-8")
        )
        if not knows:
            raise TuneError(
                f"{self.backbone} knows no words: choose {BUILTIN}, or CLIP or SigLIP as transformers has them."
            )

    def towers(self, texts: Sequence[str], side: int, lock: "Lock") -> "tuple[Backbone, Words]":
        """Both towers of a network that knows words: of photos, as `network` has it, and of words with these texts.

        Args:
            texts: m that will be asked for by number.
            side: pixels of a view.
            lock: which tower is not trained. Of the built-in encoder neither is; then it is the heads of that side.

        Raises:
            ModelError: it cannot be loaded.
            TuneError: it cannot be trained like this.
        """
        from lens.selfsup.published import PublishedBackbone
        from lens.selfsup.words import BuiltinHeads, BuiltinWords, PublishedWords

        if self.backbone == BUILTIN:
            encoder = load_builtin()
            photos = BuiltinHeads(encoder.heads, lock)
            return photos, BuiltinWords(photos, encoder.text_features(texts), encoder.heads)
        from lens.models.encoders.transformers import read_network, read_tokeniser

        files = find(self.backbone)
        module, processor = read_network(files, weights=self.trained != "scratch")
        network = PublishedBackbone(module, processor, self.trained, side, files.path, lock=lock)
        return network, PublishedWords(network, read_tokeniser(files, module.config)(texts), lock)


@dataclass(frozen=True)
class Settings:
    """How a training goes where nothing else is asked for."""

    epochs: int = 5
    batch: int = 32
    side: int = 192
    """Pixels of a view."""
    learning_rate: float = 1e-4
    anchor: float = 10.0
    """As `Anchored` has it."""

    def asked_for(self, **asked: float | None) -> "Settings":
        """These, but for what is asked for, where that is not None."""
        given = {what: value for what, value in asked.items() if value is not None}
        return replace(self, **given)  # type: ignore[arg-type]


FOR_HEADS = Settings(epochs=30, batch=256, side=288, learning_rate=2e-3, anchor=0.0)
"""Of heads alone, as those that come with Lens were trained, but for the middle square of each photo."""


def check_packages() -> None:
    """Refuse to train without the extra `tune`.

    Raises:
        TuneError: it is missing.
    """
    if not all(map(find_spec, ("lightly", "peft"))):
        raise TuneError('Training needs more packages: pip install "lens-photos[tune]"')


def start_from(backbone: str, trained: str | None) -> Start:
    """What is meant by a backbone and the weights to train; by default the last blocks, and of timm's all.

    Raises:
        TuneError: there is no such way to train it, or its files are not transformers'.
        ModelError: it is not on this machine, or damaged.
    """
    from lens.selfsup.published import TRAINED

    if trained is not None and trained not in TRAINED:
        raise TuneError(f"{trained!r} is nothing to train: choose {', '.join(TRAINED)}.")
    if backbone == BUILTIN:
        if trained not in {None, "last"}:
            raise TuneError("Of the built-in encoder the last stages alone are trained: leave --train out.")
        return Start(BUILTIN, "last", BUILTIN, load_builtin().info.revision, TUNED)
    if backbone.startswith(TIMM):
        if trained not in {None, "scratch"}:
            raise TuneError(
                "timm's networks by name have random weights: --train scratch. For published ones name their folder."
            )
        name = backbone.removeprefix(TIMM)
        return Start(backbone, "scratch", encoder_name(name.replace("_", "-")), backbone, TRANSFORMERS)
    files = find(backbone)
    if files.model.loader != TRANSFORMERS or files.model.task != "encoder":
        raise TuneError(
            f"{files.name} cannot be trained: choose {BUILTIN}, an encoder that transformers loads, such as dinov2-s, "
            f"or {TIMM}NAME for a network of timm's from random weights."
        )
    weights = trained or "last"
    return Start(backbone, weights, files.name, f"{files.revision} {weights}", TRANSFORMERS)


def trainable() -> list[str]:
    """The encoders of this machine that can be trained, by name."""
    found = [BUILTIN]
    for name in dict.fromkeys([*MODELS, *(manifest.name for manifest in all_manifests())]):
        with suppress(ModelError):
            model = find(name).model
            if model.loader == TRANSFORMERS and model.task == "encoder":
                found.append(name)
    return found


def whole_network(encoder: str, side: int) -> "Backbone":
    """The network of an encoder, by name or folder, for views of so many pixels, all of whose weights are trained.

    Raises:
        TuneError: it cannot be trained.
        ModelError: it cannot be loaded.
    """
    from lens.models.encoders.tuned import read_tower
    from lens.models.formats import HEADS, WEIGHTS
    from lens.selfsup.tower import STAGES, BuiltinTower

    files = find(encoder)
    if files.model.loader == TUNED:
        own = files.path / HEADS
        if own.is_file():
            return BuiltinTower(Heads.load(own), STAGES)
        return BuiltinTower(load_builtin().heads, STAGES, read_tower(files.path / WEIGHTS[TUNED][0]))
    if encoder == BUILTIN:
        return BuiltinTower(load_builtin().heads, STAGES)
    return start_from(encoder, "all").network(side)


def settings_for(start: Start, photos: int, device: str, *, words: bool = False, lock: "Lock" = "none") -> Settings:
    """What suits a network, so many photos, a device of torch, whether it learns from words, and what is locked."""
    if start.backbone == BUILTIN:
        if not words:
            return Settings()
        rate = WORDS_ALONE if lock == "image" else Settings.learning_rate
        return Settings(side=224, anchor=0.0, learning_rate=rate)
    on_gpu = device != "cpu"
    batch, side = (64, 224) if on_gpu else (32, 224 if words else 112)
    epochs, anchor = 5, 0.0 if words else 1.0
    if start.trained == "scratch":
        fewest, most = SCRATCH_EPOCHS
        epochs, anchor = min(most, max(fewest, SCRATCH_STEPS * batch // max(1, photos))), 0.0
    return Settings(epochs, batch, side, RATES[start.trained], anchor)
