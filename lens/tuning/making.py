"""The photos and the method that a plan asks for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lens.align.objective import Objective
from lens.indexing.report import Report, nothing_to_tell
from lens.tuning.choosing import check_count
from lens.tuning.plan import ALIGN, TunePlan, folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lens.selfsup.anchored import Anchored
    from lens.selfsup.method import Method

    Decoded = tuple[NDArray[np.uint8], NDArray[np.int64]]
    """Pixels of photos, and their numbers in a plan."""

__all__ = ["FROM_WORDS", "LANGUAGE", "decoded", "method_of"]

LANGUAGE: dict[str, Objective] = {"clip": "clip", "siglip": "siglip"}
"""The methods that learn from captions step by step, by whose loss."""
FROM_WORDS = (*LANGUAGE, ALIGN)
"""All that learn from captions."""


def decoded(plan: TunePlan, on_progress: Report = nothing_to_tell) -> "Decoded":
    """The photos of a plan that can be read, (n, side, side, 3), and their numbers in it; decoded once into the cache.

    Raises:
        TuneError: too few can be read, or there is no room for them.
    """
    from lens.selfsup.decoded import decode_once

    pixels, numbers = decode_once(plan.paths, plan.side, folder(), on_progress)
    check_count(len(pixels), plan.least, plan.choice, plan.captions)
    return pixels, numbers


def method_of(plan: TunePlan, photos: Sequence[int]) -> "Anchored":
    """What is trained, with what is random in it drawn from the plan's seed.

    Args:
        plan: of `Tuning.plan`.
        photos: the numbers, among the plan's photos, of those that are trained on, in this order.

    Raises:
        ModelError: the network cannot be loaded.
        TuneError: it cannot be trained like this.
    """
    import torch

    from lens.selfsup.anchored import Anchored

    torch.manual_seed(plan.recipe.seed)
    return Anchored(_method(plan, photos), plan.anchor)


def _method(plan: TunePlan, photos: Sequence[int]) -> "Method":
    from lens.selfsup.language import Language
    from lens.selfsup.methods import METHODS

    if plan.captions is None:
        return METHODS[plan.method](plan.start.network(plan.side), plan.side, plan.recipe.batch)
    texts = plan.captions.texts
    number_of = {text: number for number, text in enumerate(texts)}
    ids = [plan.choice.photos[photo].id for photo in photos]
    owned = [[number_of[text] for text in plan.captions.of[id_]] for id_ in ids]
    return Language(*plan.start.towers(texts, plan.side, plan.lock), owned, plan.side, LANGUAGE[plan.method])
