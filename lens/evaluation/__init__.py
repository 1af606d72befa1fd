"""How good an encoder is on somebody's own photos: the transfer protocols of the field, with intervals."""

from lens.evaluation.evaluation import Evaluated, Evaluation, Judgement
from lens.evaluation.intervals import Difference, Share

__all__ = ["Difference", "Evaluated", "Evaluation", "Judgement", "Share"]
