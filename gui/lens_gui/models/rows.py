"""The models there are, in a table."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QIcon

from lens_gui.icons import icon
from lens_gui.models.reading import ModelRow
from lens_gui.table import Column, Rows
from lens_gui.words import size

__all__ = ["model_rows", "quality", "state"]

STATES = {"yes": "Installed", "no": "Not installed"}
SYMBOLS = {"yes": "check-circle-outline", "no": "cloud-download-outline"}


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
