"""The program of the window."""

import argparse
import gc
import getpass
import hashlib
import sys
import threading
from collections.abc import Sequence

from PySide6.QtCore import QDir, QLockFile, QSettings, QThread
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication

from lens import Library
from lens_gui import network, theme
from lens_gui.window import Window

__all__ = ["main", "show"]

NAME = "lens"
ASKED = 50  # times, a tenth of a second apart
WARMING = 1.0
"""Seconds that a start waits for what searches by words need, which usually is there as soon as the rest."""
SWITCH = 0.001
"""Seconds that a thread at work keeps Python from the window, a fifth of what is usual."""
COLLECTING = 50_000
"""New objects, after which garbage is looked for: with the usual 700, a photo with 10,000 regions is looked through
again and again while it is read, and nothing else can run then."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window of an index, or raise the one that is open; the exit status."""
    parser = argparse.ArgumentParser(prog="lens gui")
    parser.add_argument("--index")
    library = Library.open(parser.parse_args(arguments).index)
    sys.setswitchinterval(SWITCH)
    warming = threading.Thread(target=library.warm, daemon=True)  # at the first key, it would hold up the window
    warming.start()
    app = QApplication(sys.argv[:1])
    app.setApplicationName(NAME)
    app.setOrganizationName(NAME)
    app.setDesktopFileName(NAME)
    one = OneWindow(library.uri)
    if not one.is_first():
        return 0
    settings = QSettings()
    network.obey(settings)
    theme.wear(app, settings)
    warming.join(WARMING)
    window = Window(library, settings)
    app.styleHints().colorSchemeChanged.connect(lambda _: theme.wear(app, settings))
    one.raise_when_asked(window)
    show(window)
    return app.exec()


def show(window: Window) -> None:
    """Bring up a window; the garbage collector leaves out what was loaded for it: looking through it took 44 ms."""
    window.show()
    gc.freeze()
    gc.set_threshold(COLLECTING)


class OneWindow:
    """Lets a second start raise the window that is there; each index has one of its own."""

    def __init__(self, uri: str) -> None:
        self._name = f"lens-window-{getpass.getuser()}-{hashlib.sha256(uri.encode()).hexdigest()[:16]}"
        self._lock = QLockFile(QDir.temp().filePath(f"{self._name}.lock"))
        self._lock.setStaleLockTime(0)  # only the end of its process frees it
        self._server = QLocalServer()
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

    def is_first(self) -> bool:
        """Whether this process is to open the window; if not, that of the other comes up now."""
        if self._lock.tryLock(0):
            QLocalServer.removeServer(self._name)  # what a crash left
            self._server.listen(self._name)
            return True
        socket = QLocalSocket()
        for _ in range(ASKED):  # it may have been started a moment ago
            socket.connectToServer(self._name)
            if socket.waitForConnected(500):
                break
            QThread.msleep(100)
        socket.abort()
        return False

    def close(self) -> None:
        """Answer no more."""
        self._server.close()
        self._lock.unlock()

    def raise_when_asked(self, window: Window) -> None:
        """Bring this window up when another process is started, or was since this one was."""

        def come_up() -> None:
            while self._server.nextPendingConnection():
                window.showNormal() if window.isMinimized() else window.show()
                window.raise_()
                window.activateWindow()
                QApplication.alert(window)

        self._server.newConnection.connect(come_up)
        come_up()
