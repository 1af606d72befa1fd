"""Whether Lens may use the network, as the person at the window has it."""

import os

from PySide6.QtCore import QSettings

__all__ = ["is_forced", "is_offline", "keep_offline", "obey"]

KEY = "network/offline"
FROM_OUTSIDE = ("LENS_OFFLINE", "HF_HUB_OFFLINE")
_forced = False


def obey(settings: QSettings) -> None:
    """Let this process, and those it starts, do as it was chosen; what the environment forbids stays forbidden."""
    global _forced  # noqa: PLW0603 - the environment is one
    _forced = any(os.environ.get(name, "").lower() in {"1", "true", "yes", "on"} for name in FROM_OUTSIDE)
    if not _forced:
        keep_offline(settings, settings.value(KEY, False, bool) is True)


def is_forced() -> bool:
    """Whether the window was started with the network switched off."""
    return _forced


def is_offline(settings: QSettings) -> bool:
    """Whether the network is not to be used."""
    return _forced or settings.value(KEY, False, bool) is True


def keep_offline(settings: QSettings, off: bool) -> None:
    """Switch the network off or on, now and from now on."""
    settings.setValue(KEY, off)
    for name in FROM_OUTSIDE:
        if off:
            os.environ[name] = "1"
        else:
            os.environ.pop(name, None)
