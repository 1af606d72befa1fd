"""Encoders that learn from somebody's own photos: which photos, how long, and what is kept."""

from lens.tuning.tuning import TunePlan, TuneReport, Tuning

__all__ = ["TunePlan", "TuneReport", "Tuning"]
