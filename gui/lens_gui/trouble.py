"""What went wrong, as people are told it: a line, and what is behind it."""

import traceback
from dataclasses import dataclass

from lens.errors import LensError

__all__ = ["Trouble", "trouble_of"]


@dataclass(frozen=True)
class Trouble:
    """One error."""

    text: str
    """One line."""
    details: str
    """For whoever looks into it."""


def trouble_of(error: Exception) -> Trouble:
    """An error of the library's is a line already; of any other the kind is told too."""
    details = "".join(traceback.format_exception(error))
    lines = str(error).splitlines() or [""]
    if isinstance(error, LensError):
        return Trouble(lines[0], details)
    return Trouble(f"Something went wrong: {type(error).__name__}: {lines[0]}", details)
