"""What is known of a photo, beside it."""

from collections import Counter
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from lens.about import About
from lens.search.match import Match
from lens_gui.switch import Switch
from lens_gui.theme import STEP
from lens_gui.trouble import Trouble
from lens_indexes import RegionState

__all__ = ["FactsPanel"]

WIDTH = 280


class FactsPanel(QScrollArea):
    """A list of facts; those that are not known are left out."""

    hidden_sources = Signal(list)
    """The sources whose regions are not to be seen, by name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hidden: set[str] = set()
        self.setWidgetResizable(True)
        self.setMinimumWidth(WIDTH)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("About this photo")
        self.clear()

    def clear(self) -> None:
        """Nothing is known."""
        self._fill({}, [], {})

    def show_trouble(self, trouble: Trouble) -> None:
        """Say why nothing is known."""
        self._fill({"Unknown": trouble.text}, [], {})

    def show_facts(self, match: Match, about: About) -> None:
        """Show what is known of a photo."""
        tags = [f"{tag.category}  {tag.score:.0%}" for tag in about.tags]
        counts = Counter(region.source for region in about.regions if region.state != RegionState.REJECTED)
        self._fill(facts_of(match, about), tags, counts)

    def _fill(self, facts: dict[str, str], tags: list[str], sources: Mapping[str, int]) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(2 * STEP, 2 * STEP, 2 * STEP, 2 * STEP)
        form = QFormLayout()
        form.setVerticalSpacing(STEP)
        form.setHorizontalSpacing(2 * STEP)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, text in facts.items():
            form.addRow(_label(name, muted=True), _label(text))
        column.addLayout(form)
        if tags:
            column.addSpacing(STEP)
            column.addWidget(_label("Tags", muted=True))
            for tag in tags:
                column.addWidget(_label(tag))
        if sources:
            column.addSpacing(STEP)
            column.addWidget(_label("Regions", muted=True))
            for source, count in sorted(sources.items()):
                column.addWidget(self._box(source, count))
        column.addStretch(1)
        self.setWidget(inner)

    def _box(self, source: str, count: int) -> Switch:
        box = Switch(f"{source}  {count}")
        box.setChecked(source not in self._hidden)
        box.toggled.connect(lambda on: self._show_source(source, on))
        return box

    def _show_source(self, source: str, on: bool) -> None:
        if on:
            self._hidden.discard(source)
        else:
            self._hidden.add(source)
        self.hidden_sources.emit(sorted(self._hidden))


def facts_of(match: Match, about: About) -> dict[str, str]:
    """What is known of a photo, as people read it."""
    photo = about.photo
    where = f"{photo.lat:.5f}, {photo.lon:.5f}" if photo.lat is not None and photo.lon is not None else None
    known = {
        "File": match.path.name,
        "Folder": str(match.path.parent),
        "Taken": f"{photo.taken_at:%Y-%m-%d %H:%M}" if photo.taken_at else None,
        "Camera": photo.camera,
        "Lens": photo.lens,
        "Place": photo.place or where,
        "Pixels": f"{photo.width:,} × {photo.height:,}",
        "Size": f"{photo.size / 1e6:.1f} MB, {photo.format}",
        "Rating": "★" * photo.rating if photo.rating else None,
        "Keywords": ", ".join(photo.keywords) or None,
    }
    return {name: text for name, text in known.items() if text}


def _label(text: str, *, muted: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if muted:
        label.setObjectName("muted")
    return label
