"""The models there are, in a table."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon

from lens.comparison import Comparison, compared_before
from lens.models.listing import ListedModel, listed
from lens_gui.icons import icon
from lens_gui.table import Column, Rows
from lens_gui.words import size

__all__ = ["ModelRow", "model_rows", "quality", "read_models", "state"]

STATES = {"yes": "Installed", "no": "Not installed"}
SYMBOLS = {"yes": "check-circle-outline", "no": "cloud-download-outline"}


@dataclass(frozen=True)
class ModelRow:
    """A model, and what it was found to do on somebody's own photos."""

    model: ListedModel
    compared: Comparison | None

    @property
    def comes_with_lens(self) -> bool:
        """Whether there is nothing to download, check or remove."""
        return self.model.revision == "builtin"

    @property
    def photos_per_second(self) -> float | None:
        """On this machine: in an index run, else in a comparison."""
        return self.model.photos_per_second or (self.compared.photos_per_second if self.compared else None)


def read_models() -> list[ModelRow]:
    """Every model that Lens knows."""
    compared: Mapping[str, Comparison] = compared_before()
    return [ModelRow(model, compared.get(model.name) if model.task == "encoder" else None) for model in listed()]


def model_rows(parent: QObject) -> Rows[ModelRow]:
    """An empty table of models."""
    return Rows[ModelRow](
        [
            Column("Model", lambda row: row.model.name, tip=lambda row: row.model.about, icon=_symbol),
            Column("", lambda row: "" if row.model.installed == "no" else state(row), wide=True),
            Column("Licence", lambda row: row.model.licence or "Not known"),
            Column("Size", lambda row: "With Lens" if row.comes_with_lens else size(row.model.bytes), right=True),
            Column("Quality", quality, tip=_quality_tip, right=True),
            Column("Photos/s here", _speed, tip=_speed_tip, right=True),
        ],
        parent,
    )


def state(row: ModelRow) -> str:
    """Whether it is on this machine, in words."""
    return STATES.get(row.model.installed, "Damaged")


def quality(row: ModelRow) -> str:
    """The figure that is published or was measured, and of what."""
    model = row.model
    if model.zero_shot:
        return f"{model.zero_shot:.1f} %"
    return f"{model.measured:.1f} %" if model.measured else "–"


def _quality_tip(row: ModelRow) -> str:
    model = row.model
    if model.zero_shot:
        return f"Right at the first guess on ImageNet-1k without training on it, as published: {model.zero_shot_source}"
    return model.measured_by or "No figure is published"


def _speed(row: ModelRow) -> str:
    return f"{row.photos_per_second:,.0f}" if row.photos_per_second else "–"


def _speed_tip(row: ModelRow) -> str:
    return "As last measured on this machine" if row.photos_per_second else "Not measured yet"


def _symbol(row: ModelRow) -> QIcon:
    return icon(SYMBOLS.get(row.model.installed, "alert-circle-outline"))
