"""Whether an encoder is so much better than another that searches should use it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lens.evaluation import Evaluated, Neighbours

__all__ = ["BY_CAPTIONS", "BY_CLASSES", "LEAST_PHOTOS", "MARGIN", "WITHOUT", "Verdict", "decide"]

MARGIN = 0.05
"""How far recall by captions may fall, 0 to 1."""
LEAST_PHOTOS = 20
"""The bootstrap of fewer photos promises too much."""
BY_CAPTIONS, BY_CLASSES, WITHOUT = ("captions, first 5",), ("knn",), ("same moment", "another view")
"""What decides where words were learned, where classes are given, and where neither: the first that is known of enough
photos."""


@dataclass(frozen=True)
class Verdict:
    """An encoder judged beside the one that searches use, on photos that neither it nor its training saw."""

    encoder: str
    against: str
    """The index's default."""
    found: Evaluated
    """By all measures; differences are how much better `encoder` is."""
    decides: str
    """The measure that has to be better beyond chance."""
    margin: float
    """How far recall by captions may fall, 0 to 1."""
    reasons: list[str]
    """Why it is not to be adopted; empty if it is."""
    better: bool
    """Whether it is to be adopted."""
    neighbours: list[Neighbours] = field(default_factory=list)
    """What both find nearest to a few held-out photos."""

    @property
    def recall_known(self) -> bool:
        """Whether it was measured how well words find photos."""
        return any(map(_by_captions, self.found.differences))


def decide(
    encoder: str, against: str, found: Evaluated, *, decisive: Sequence[str] = WITHOUT, margin: float = MARGIN
) -> Verdict:
    """Judge by intervals: a gain beyond chance, no loss beyond it, and recall that has not fallen beyond a margin.

    Args:
        encoder: the first of the two that were compared.
        against: the second.
        found: with at least one of the measures that can decide.
        decisive: the measures of which one decides: the first that is known of enough photos.
        margin: how far recall by captions may fall, 0 to 1.
    """
    photos = {each.measure: each.share.photos for each in found.judgements}
    known = [measure for measure in decisive if measure in photos]
    decides = next((measure for measure in known if photos[measure] >= LEAST_PHOTOS), known[0])
    gain, reasons = found.differences[decides], []
    if photos[decides] < LEAST_PHOTOS:
        reasons.append(f"{decides} is known of {photos[decides]} held-out photos, and {LEAST_PHOTOS} are needed")
    if gain.low <= 0:
        reasons.append(f"{decides}: {gain} is no gain beyond chance")
    for measure, difference in found.differences.items():
        if measure == decides:
            continue
        if _by_captions(measure):
            if difference.low <= -margin:
                reasons.append(f"{measure}: {difference} may be a loss of more than {100 * margin:g} points")
        elif difference.high < 0:
            reasons.append(f"{measure} is worse: {difference}")
    return Verdict(encoder, against, found, decides, margin, reasons, not reasons)


def _by_captions(measure: str) -> bool:
    return measure.startswith("captions")
