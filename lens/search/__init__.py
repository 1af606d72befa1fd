"""Finding photos by words, by example, by what is known of them, or by all together."""

from lens.search.match import Band, Match, RegionMatch
from lens.search.parsing import like, parse
from lens.search.syntax import Node

__all__ = ["Band", "Match", "Node", "RegionMatch", "like", "parse"]
