"""Which process goes first where several want the processors: the window, then what it waits for, then long work."""

import os
import sys
import threading

__all__ = ["LONG", "SOON", "step_back", "step_back_thread"]

SOON = 5
"""For what the window waits for: it goes on painting meanwhile."""
LONG = 15
"""For what takes all processors as long as it runs, and nobody sits and waits for."""


def step_back(steps: int) -> None:
    """Let others go first, for good; nothing where the system has no such thing.

    Args:
        steps: of niceness, 1 to 19.
    """
    if hasattr(os, "nice"):
        os.nice(steps)


def step_back_thread() -> None:
    """Let the other threads of the window go first, as it does its processes; only Linux tells threads apart."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), SOON)
