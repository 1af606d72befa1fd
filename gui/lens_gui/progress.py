"""How far long work is, and a way to pause it and to go on."""

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from lens.indexing.report import Progress
from lens_gui.theme import STEP

__all__ = ["ProgressStrip", "progress_text"]


class ProgressStrip(QFrame):
    """Seen only while there is work, or some that was paused."""

    paused = Signal()
    resumed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.title, self.rate = QLabel(), QLabel()
        self.title.setObjectName("heading")
        self.rate.setObjectName("muted")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(STEP)
        self.stop, self.resume = QPushButton("Pause"), QPushButton("Resume")
        self.dismiss = QPushButton("Not now")
        self.stop.clicked.connect(self.paused)
        self.resume.clicked.connect(self.resumed)
        self.dismiss.clicked.connect(self.hide)
        self._began, self._first, self._unit = 0.0, 0, ""
        head = QHBoxLayout()
        head.setSpacing(STEP)
        head.addWidget(self.title)
        head.addWidget(self.rate, 1)
        for button in (self.dismiss, self.resume, self.stop):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP, STEP + 4, 2 * STEP, 2 * STEP)
        column.setSpacing(STEP)
        column.addLayout(head)
        column.addWidget(self.bar)
        self.hide()

    def begin(self, title: str, words: str, *, unit: str = "photos", stop: str = "Pause") -> None:
        """Work has begun; it is not known yet how much there is."""
        self._began, self._first, self._unit = time.monotonic(), 0, unit
        self.title.setText(title)
        self.bar.setAccessibleName(title)
        self.bar.setRange(0, 0)
        self.rate.setText(words)
        self.stop.setText(stop)
        self.stop.setEnabled(True)
        self.stop.show()
        self.resume.hide()
        self.dismiss.hide()
        self.show()

    def move_to(self, step: Progress) -> None:
        """It is this far."""
        if step.total is None:
            self.rate.setText(f"{step.done:,} files seen")
            return
        if self.bar.maximum() != step.total:
            self.bar.setRange(0, step.total)
            self._began, self._first = time.monotonic(), step.done
        self.bar.setValue(step.done)
        text = progress_text(step, time.monotonic() - self._began, step.done - self._first, self._unit)
        self.rate.setText(text)

    def pausing(self) -> None:
        """It was asked to stop, and will in a moment."""
        self.stop.setEnabled(False)
        self.rate.setText("Stopping…")

    def pause(self, words: str = "Paused. What has been read is kept.") -> None:
        """It has stopped, and can go on."""
        if self.bar.maximum() == 0:
            self.bar.setRange(0, 1)
        self.rate.setText(words)
        self.stop.hide()
        self.resume.show()
        self.dismiss.show()


def progress_text(step: Progress, seconds: float, done: int, unit: str = "photos") -> str:
    """How far, how fast and how long still, in words."""
    if unit == "bytes":
        parts = [f"{step.done / 1e6:,.0f} of {(step.total or 0) / 1e6:,.0f} MB"]
    else:
        parts = [f"{step.done:,} of {step.total:,}"]
    if done and seconds > 1 and step.total is not None:
        rate = done / seconds
        left = (step.total - step.done) / rate
        minutes, rest = divmod(round(left), 60)
        parts.append(f"{rate / 1e6:,.1f} MB/s" if unit == "bytes" else f"{rate:,.0f} {unit}/s")
        parts.append(f"{minutes} min {rest} s left" if minutes else f"{rest} s left")
    if step.skipped:
        parts.append(f"{step.skipped:,} skipped")
    return " · ".join(parts)
