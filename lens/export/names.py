"""Names in the folder of an export: each once, and none that leads out of it."""

import unicodedata

__all__ = ["Names"]

LONGEST = 180  # bytes, so that a number and any suffix still fit into 255


class Names:
    """Gives each photo a stem that no other has, also on disks that do not tell capitals apart."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, stem: str) -> str:
        """The stem itself where it is free and fit, else as near to it as can be: `x-2`, `x-3`, …"""
        fit = _fit(stem)
        name, number = fit, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{fit}-{number}"
        self._taken.add(name.casefold())
        return name


def _fit(stem: str) -> str:
    """Without what no file name can hold, or what lists of names, one a line, cannot."""
    kept = "".join("_" if each in "/\\" or unicodedata.category(each) in _UNFIT else each for each in stem)
    kept = kept.encode()[:LONGEST].decode(errors="ignore").strip(" ")
    return f"_{kept[1:]}" if kept[:1] in ("", ".") else kept.rstrip(".") or "_"


_UNFIT = {"Cc", "Cs", "Zl", "Zp"}  # controls, surrogates, separators of lines
