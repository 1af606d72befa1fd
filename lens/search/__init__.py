"""Finding photos by words, by example, by what is known of them, or by all together."""

from typing import TYPE_CHECKING

from lens.search.match import Band, Match, RegionMatch

if TYPE_CHECKING:
    from lens.search.parsing import like as like
    from lens.search.parsing import parse as parse
    from lens.search.syntax import Node as Node

__all__ = ["Band", "Match", "Node", "RegionMatch", "like", "parse"]


def __getattr__(name: str) -> object:
    """Import what reads queries when it is first used: a program that asks `lens serve` need not wait for it."""
    if name in __all__:
        from lens.search import parsing, syntax

        return getattr(syntax if name == "Node" else parsing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
