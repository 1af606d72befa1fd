"""How good an encoder is on somebody's own photos: the transfer protocols of the field, with intervals."""

from lens.evaluation.evaluation import Evaluated, Evaluation, Judgement
from lens.evaluation.intervals import Difference, Share
from lens.evaluation.neighbours import Neighbours

__all__ = ["Difference", "Evaluated", "Evaluation", "Judgement", "Neighbours", "Share"]
