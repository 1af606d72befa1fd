"""The packages that Lens is made of on this machine, and their licences, as the packages themselves have it."""

import re
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement

__all__ = ["UsedPackage", "used_packages"]

LENS = "lens-photos"
LONGEST = 100
"""Characters of a licence's name; what is longer is the text of one."""


@dataclass(frozen=True)
class UsedPackage:
    """One installed package."""

    name: str
    version: str
    licence: str | None
    """None where the package does not say."""


def used_packages() -> list[UsedPackage]:
    """Lens and everything installed that it asks for, extras included, by name; what those ask for in turn too."""
    found: dict[str, UsedPackage] = {}
    waiting = [LENS]
    while waiting:
        name = waiting.pop()
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # of an extra, or of another system
        if package.name in found:
            continue
        found[package.name] = UsedPackage(package.name, package.version, _licence(package))
        requirements = [Requirement(text) for text in package.requires or []]
        # Whether an extra was asked for is not written down; what it brings is installed or not.
        wanted = [each for each in requirements if name == LENS or each.marker is None or each.marker.evaluate()]
        waiting += [each.name for each in wanted]
    return sorted(found.values(), key=lambda package: package.name.lower())


def _licence(package: Distribution) -> str | None:
    metadata: Any = package.metadata
    named = metadata.get("License-Expression") or metadata.get("License")
    if named and named.strip() not in ("", "UNKNOWN") and len(named) <= LONGEST and "\n" not in named.strip():
        return " ".join(named.split())
    classes = [text.rsplit(" :: ", 1)[1] for text in metadata.get_all("Classifier") or [] if text.startswith("License")]
    return ", ".join(re.sub(r" License$", "", text) for text in classes if text != "OSI Approved") or None
