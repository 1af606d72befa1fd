"""Photos gathered on a screen, so that a search finds them: they become an album, which is made anew each time."""

from collections.abc import Callable, Sequence

from lens_gui.orders import Orders
from lens_gui.trouble import Trouble

__all__ = ["ALBUM", "gather"]

ALBUM = "gathered"


def gather(
    orders: Orders, ids: Sequence[str], then: Callable[[str], object], failed: Callable[[Trouble], object]
) -> None:
    """Put photos into the album, in the place of what is there, and hand on the query that finds them."""
    orders.give("gather", {"name": ALBUM, "ids": list(ids)}, lambda _: then(f"album:{ALBUM}"), failed)
