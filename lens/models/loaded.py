"""The encoders that a library has in memory, each loaded once and run as its user asked."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeAlias, cast

from lens.errors import ModelError, ModelMissing
from lens.models.catalog import DEFAULT_ENCODER, MODELS
from lens.models.encoders.base import ImageEncoder
from lens.models.loading import load, load_words

__all__ = ["AnEncoder", "Asked", "LoadedEncoders"]

AnEncoder: TypeAlias = str | ImageEncoder
"""A name from the catalogue, or an encoder."""
Asked: TypeAlias = AnEncoder | Sequence[AnEncoder] | None
"""One encoder or several; None for those that there are."""


class LoadedEncoders:
    """Encoders by name.

    Args:
        running: `device`, `precision`, `batch` and `backend` as `load` takes them.
    """

    def __init__(self, **running: Any) -> None:
        self._running = running
        self._encoders: dict[str, ImageEncoder] = {}
        self._words: dict[str, ImageEncoder | None] = {}

    def get(self, encoder: AnEncoder) -> ImageEncoder:
        """An encoder that was asked for.

        Raises:
            ModelError: it cannot be loaded.
        """
        if not isinstance(encoder, str):
            return encoder
        if encoder not in self._encoders:
            self._encoders[encoder] = load(encoder, **self._running)
        return self._encoders[encoder]

    def again(self, name: str) -> ImageEncoder:
        """An encoder by the name that an index has for it, which was a path when it came from a folder.

        Raises:
            ModelError: it cannot be loaded; says how to name it.
        """
        try:
            return self.get(name)
        except ModelMissing as error:
            if name in MODELS:
                raise
            raise ModelMissing(
                f"The index has vectors of {name}, which is no installed model. If it lies in a folder, name that with "
                f"--encoder, or keep it for good: lens models import FOLDER --name {name}. If it is gone: lens "
                "encoders list, and lens encoders default NAME for another."
            ) from error

    def unloaded(self) -> "LoadedEncoders":
        """The same with nothing in memory, for another process."""
        return LoadedEncoders(**self._running)

    def to_index_with(self, asked: Asked, bound: Sequence[str]) -> list[ImageEncoder]:
        """The encoders that were asked for, else those that an index is bound to, else the default; each once."""
        if not asked:
            asked = [self.again(name) for name in bound] or [DEFAULT_ENCODER]
        if isinstance(asked, str) or not isinstance(asked, Sequence):
            asked = [asked]
        loaded = [self.get(encoder) for encoder in asked]
        return list({encoder.info.name: encoder for encoder in loaded}.values())

    def words(self, encoder: AnEncoder) -> ImageEncoder | None:
        """The words of an encoder alone, where they were prepared, which load in no time; photos it cannot encode."""
        if not isinstance(encoder, str) or encoder in self._encoders or any(self._running.values()):
            return None
        if self._words.get(encoder) is None:  # they may have been prepared since
            with suppress(ModelError):  # which loading the whole encoder tells better
                self._words[encoder] = cast("ImageEncoder | None", load_words(encoder))
        return self._words.get(encoder)
