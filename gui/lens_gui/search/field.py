"""The search field, which completes filters."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QStringListModel, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from lens_gui.icons import icon
from lens_gui.search.incoming import can_be_sought

__all__ = ["SearchField"]

_LAST = re.compile(r"""(?:[^\s()":+-]+:"[^"]*|[^\s()"+-]+)$""")
"""What is being typed: a word, or a filter with a quotation mark that is still open."""
MOST_SHOWN = 12


class SearchField(QLineEdit):
    """One line of the query language."""

    photo_pasted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Words, a photo, date:2023, camera:…")
        self.setAccessibleName("Search")
        self.setClearButtonEnabled(True)
        self.addAction(icon("magnify"), QLineEdit.ActionPosition.LeadingPosition)
        self._known = QStringListModel(self)
        self._completer = completer = QCompleter(self._known, self)
        self._popup = QListView()
        self._popup.setObjectName("offers")
        completer.setPopup(self._popup)
        completer.setWidget(self)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(MOST_SHOWN)
        completer.activated.connect(self._take)
        self.textEdited.connect(lambda _: self.offer())

    def complete_with(self, known: Sequence[str]) -> None:
        """What can be typed, in alphabetical order."""
        self._known.setStringList(list(known))
        if self.hasFocus() and self.isModified():
            self.offer()

    @property
    def offered(self) -> list[str]:
        """What is offered now."""
        if not self._popup.isVisible():
            return []
        model = self._completer.completionModel()
        return [str(model.index(row, 0).data()) for row in range(model.rowCount())]

    def begin_filter(self, name: str) -> None:
        """Write the name of a filter behind the query, and offer its values."""
        self.setText(f"{self.text().rstrip()} {name}:".lstrip())
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.offer()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A photo that is pasted is sought; text is text."""
        data = QGuiApplication.clipboard().mimeData()
        if event.matches(QKeySequence.StandardKey.Paste) and can_be_sought(data):
            self.photo_pasted.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tab takes what is offered, the first if none is chosen; otherwise it leads to the next widget, as always."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
            offered = self.offered
            if offered:
                chosen = self._popup.currentIndex()
                self._popup.hide()
                self._take(str(chosen.data()) if chosen.isValid() else offered[0])
                return True
        return super().event(event)

    def offer(self) -> None:
        """Offer what could be meant by the word at the cursor."""
        typed = _LAST.search(self.text()[: self.cursorPosition()])
        prefix = typed[0] if typed else ""
        self._completer.setCompletionPrefix(prefix)
        model = self._completer.completionModel()
        alone = model.rowCount() == 1 and str(model.index(0, 0).data()) == prefix
        if prefix and model.rowCount() and not alone:
            self._completer.complete()
        else:
            self._popup.hide()

    def _take(self, chosen: str) -> None:
        at = self.cursorPosition()
        before, after = self.text()[:at], self.text()[at:]
        typed = _LAST.search(before)
        begin = typed.start() if typed else at
        space = "" if chosen.endswith(":") or after.startswith(" ") else " "
        self.setText(before[:begin] + chosen + space + after)
        self.setCursorPosition(begin + len(chosen) + len(space))
