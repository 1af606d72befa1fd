"""`lens gui`: the window."""

import os
import sys
from importlib.util import find_spec

from lens_cli.console import IndexOption


def gui(index: IndexOption = None) -> None:
    """Open the window, or raise the one that is open."""
    from lens.errors import WindowMissing

    if find_spec("PySide6") is None or find_spec("qtawesome") is None:
        raise WindowMissing("The window needs packages that are not here: pip install 'lens-photos[gui]'")
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in screens):
        raise WindowMissing("There is no screen to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set.")
    named = [] if index is None else ["--index", index]
    os.execv(sys.executable, [sys.executable, "-m", "lens_gui", *named])
