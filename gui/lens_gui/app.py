"""The program of the window."""

import argparse
import hashlib
import sys
from collections.abc import Sequence

from PySide6.QtCore import QSettings
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication

from lens import Library
from lens_gui import theme
from lens_gui.window import Window

__all__ = ["main"]

NAME = "lens"
SWITCH = 0.001
"""Seconds that a thread at work keeps Python from the window, a fifth of what is usual."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window of an index, or raise the one that is open; the exit status."""
    parser = argparse.ArgumentParser(prog="lens gui")
    parser.add_argument("--index")
    library = Library.open(parser.parse_args(arguments).index)
    sys.setswitchinterval(SWITCH)
    app = QApplication(sys.argv[:1])
    app.setApplicationName(NAME)
    app.setOrganizationName(NAME)
    app.setDesktopFileName(NAME)
    one = OneWindow(library.uri)
    if one.raised_other():
        return 0
    theme.apply(app, dark=theme.is_dark(app))
    window = Window(library, QSettings())
    app.styleHints().colorSchemeChanged.connect(lambda _: theme.apply(app, dark=theme.is_dark(app)))
    one.listen(window)
    window.show()
    return app.exec()


class OneWindow:
    """Lets a second start raise the window that is there; each index has one of its own."""

    def __init__(self, uri: str) -> None:
        self._name = f"lens-window-{hashlib.sha256(uri.encode()).hexdigest()[:16]}"
        self._server = QLocalServer()
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

    def raised_other(self) -> bool:
        """Whether another process has the window, which comes up now."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        there = socket.waitForConnected(500)
        socket.abort()
        return there

    def close(self) -> None:
        """Answer no more."""
        self._server.close()

    def listen(self, window: Window) -> None:
        """Raise this window when another process asks."""

        def come_up() -> None:
            while self._server.nextPendingConnection():
                window.showNormal() if window.isMinimized() else window.show()
                window.raise_()
                window.activateWindow()
                QApplication.alert(window)

        QLocalServer.removeServer(self._name)  # what a crash left
        self._server.newConnection.connect(come_up)
        self._server.listen(self._name)
