"""Finding photos by words, by example, or by both."""

from lens.search.match import Band, Match
from lens.search.query import Query

__all__ = ["Band", "Match", "Query"]
