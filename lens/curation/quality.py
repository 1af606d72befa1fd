"""What is wrong with a photo, as far as its pixels tell."""

from collections.abc import Sequence
from dataclasses import dataclass

from lens.curation.collection import CuratedPhoto
from lens_indexes import Measures

__all__ = ["FLAWS", "QualityReport", "flawed", "flaws_of"]

FLAWS = ("blurred", "dark", "bright", "clipped", "empty")
"""Little detail that a blur could take away; underexposed; overexposed; much of it black or white without detail;
hardly any information, as of a covered lens or a plain wall."""
SHARPNESS = 0.52
DARK, BRIGHT = 0.15, 0.82
CLIPPED = 0.4
ENTROPY = 4.7
# Each was chosen so that it holds for about one in a hundred of 1,791 training photos.


@dataclass(frozen=True)
class QualityReport:
    """The measures of a photo and what they say."""

    photo: CuratedPhoto
    flaws: tuple[str, ...]
    """Of `FLAWS`; none if nothing is wrong."""
    severity: float
    """How far the worst measure is from where a flaw begins, 0 to 1; for sorting only."""


def flawed(photos: Sequence[CuratedPhoto], wanted: Sequence[str] = FLAWS) -> list[QualityReport]:
    """The photos with any of these flaws, the worst first; photos without measures are left out."""
    found = []
    for photo in photos:
        beyond = _beyond(photo.measures) if photo.measures else {}
        if any(beyond[name] > 0 for name in wanted if beyond):
            flaws = tuple(name for name in FLAWS if beyond[name] > 0)
            found.append(QualityReport(photo, flaws, max(beyond.values())))
    return sorted(found, key=lambda report: (-report.severity, report.photo.path))


def flaws_of(measures: Measures) -> tuple[str, ...]:
    """What is wrong with a photo, of `FLAWS`."""
    return tuple(name for name, beyond in _beyond(measures).items() if beyond > 0)


def _beyond(measures: Measures) -> dict[str, float]:
    """How far each measure is beyond where its flaw begins, as a share of how far it can be; negative before."""
    clipped = measures.shadows + measures.highlights
    return {
        "blurred": (SHARPNESS - measures.sharpness) / SHARPNESS,
        "dark": (DARK - measures.luminance) / DARK,
        "bright": (measures.luminance - BRIGHT) / (1 - BRIGHT),
        "clipped": (clipped - CLIPPED) / (1 - CLIPPED),
        "empty": (ENTROPY - measures.entropy) / ENTROPY,
    }
