"""`python -m lens_gui.segmenting`: cuts things out of one photo after another for the window; see `lens_gui.answering`.

A network takes seconds for a photo on a processor, and is quick then: it holds the last photo that it was shown.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lens.labeling.masks import encoded
from lens.models.listing import listed
from lens.models.segmenters.base import Points, Segmenter
from lens.models.segmenters.loading import load_segmenter
from lens.photos import read_photo
from lens_gui.answering import carry_out_all
from lens_gui.label.cut import Cut, Offer
from lens_indexes.remote import path_of

__all__ = ["Cutter", "orders_of"]

WORDS_ONLY = ("clipseg",)
"""Segmenters that take neither boxes nor points."""


class Cutter:
    """Holds one segmenter, and the photo that it looks at."""

    def __init__(self) -> None:
        self._segmenter: Segmenter | None = None
        self._name = ""

    def offered(self) -> list[Offer]:
        """The segmenters on this machine, the lightest first."""
        known = [each for each in listed() if each.task == "segmenter" and each.name not in WORDS_ONLY]
        there = [Offer(each.name, each.bytes or 0) for each in known if each.installed == "yes"]
        return sorted(there, key=lambda offer: (offer.bytes, offer.name))

    def look(self, model: str, path: str) -> tuple[int, int]:
        """Look at a photo: its width and height."""
        image = read_photo(path_of(path)).image
        if self._segmenter is None or self._name != model:
            self._segmenter, self._name = load_segmenter(model), model
        self._segmenter.set_image(image)
        return image.size

    def cut(
        self,
        size: Sequence[int],
        box: Sequence[float] | None,
        places: Sequence[Sequence[float]],
        inside: Sequence[bool],
    ) -> Cut | None:
        """Cut one thing out of the photo that was looked at; None if nothing is left of it.

        Args:
            size: of the photo, as `look` told it.
            box: around the thing, if there is one.
            places: points, x and y each.
            inside: whether each of them is on the thing.
        """
        if self._segmenter is None:
            raise ValueError("no photo was looked at")
        points = [Points(np.array(places, np.float32), np.array(inside, bool))] if places else None
        found = self._segmenter.segment(boxes=None if box is None else np.array([box], np.float32), points=points)
        if not len(found) or not found.masks[0].any():
            return None
        return Cut(encoded(found.masks[0]), (size[0], size[1]), float(found.scores[0]))


def orders_of() -> Mapping[str, Callable[..., object]]:
    """What can be ordered, by name."""
    cutter = Cutter()
    return {"offered": cutter.offered, "look": cutter.look, "cut": cutter.cut}


if __name__ == "__main__":
    carry_out_all(orders_of)
