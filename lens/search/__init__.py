"""Finding photos by words, by example, by what is known of them, or by all together."""

from lens.search.match import Match
from lens.search.parsing import parse
from lens.search.syntax import Node

__all__ = ["Match", "Node", "parse"]
