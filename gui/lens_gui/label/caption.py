"""What is known of the region that is chosen, in words."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lens_gui.theme import STEP
from lens_indexes import RegionRow

__all__ = ["Caption"]


class Caption(QWidget):
    """Its category, what people have said of it, and which photo it is in."""

    def __init__(self) -> None:
        super().__init__()
        self.category, self.facts = QLabel(), QLabel()
        self.category.setObjectName("heading")
        self.facts.setWordWrap(True)
        for label in (self.category, self.facts):
            label.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP)
        column.addWidget(self.category)
        column.addWidget(self.facts)

    def tell(self, region: RegionRow | None, path: Path | None, *, disputed: bool) -> None:
        """Tell of a region, or only of its photo; of nothing if there is none."""
        lines = []
        self.category.setText(region.category if region else "")
        self.category.setVisible(region is not None)
        if region:
            lines += [f"{region.state}, from {region.source}"]
            lines += [f"score {region.score:.2f}"] if region.score is not None else []
            lines += ["sources disagree"] if disputed else []
        self.facts.setText("\n".join([*lines, path.name if path else ""]))

    def add(self, line: str) -> None:
        """Say something more."""
        self.facts.setText(f"{self.facts.text()}\n{line}")
