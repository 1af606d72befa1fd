"""Encoders that learn from somebody's own photos: which photos, how long, and what is kept."""

from lens.tuning.adoption import Adoption
from lens.tuning.plan import TunePlan, TuneReport
from lens.tuning.runs import Judged, Run, RunState
from lens.tuning.tuning import Tuning
from lens.tuning.verdict import Verdict

__all__ = ["Adoption", "Judged", "Run", "RunState", "TunePlan", "TuneReport", "Tuning", "Verdict"]
