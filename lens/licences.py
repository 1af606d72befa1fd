"""The packages that Lens is made of on this machine, and their licences, as the packages themselves have it."""

import re
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Any

from packaging.requirements import Requirement

__all__ = ["UsedPackage", "used_packages"]

LENS = "lens-photos"
DEVELOPERS = {"bench", "dev"}
"""Extras that nobody needs who only uses Lens."""
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
    """Lens and everything installed that it asks for, extras of users included, and what those ask for, by name."""
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
        metadata: Any = package.metadata
        # Which extras were asked for is not written down; what they bring is installed or not.
        extras = set(metadata.get_all("Provides-Extra") or []) - DEVELOPERS if name == LENS else set()
        waiting += [each.name for each in map(Requirement, package.requires or []) if _wanted(each, extras)]
    return sorted(found.values(), key=lambda package: package.name.lower())


def _wanted(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _licence(package: Distribution) -> str | None:
    metadata: Any = package.metadata
    named = metadata.get("License-Expression") or metadata.get("License")
    if named and named.strip() not in ("", "UNKNOWN") and len(named) <= LONGEST and "\n" not in named.strip():
        return " ".join(named.split())
    classes = [text.rsplit(" :: ", 1)[1] for text in metadata.get_all("Classifier") or [] if text.startswith("License")]
    return ", ".join(re.sub(r" License$", "", text) for text in classes if text != "OSI Approved") or None
