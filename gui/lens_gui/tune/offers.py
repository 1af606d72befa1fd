"""What can be trained and how: `python -m lens_gui.tune.offers` tells it."""

from dataclasses import dataclass
from typing import Any

from lens_gui.asking import tell

__all__ = ["Offers", "offers_of", "read_offers"]


@dataclass(frozen=True)
class Offers:
    """What a training can be made of."""

    methods: tuple[str, ...]
    backbones: tuple[str, ...]
    """Those of this machine."""
    trained: tuple[str, ...]
    """Which of their weights."""


def read_offers() -> Offers:
    """Look; it takes loading torch.

    Raises:
        TuneError: the extra `tune` is missing.
    """
    from lens.tuning.networks import check_packages, trainable

    check_packages()
    from lens.selfsup.methods import METHODS
    from lens.selfsup.published import TRAINED

    return Offers(tuple(METHODS), tuple(trainable()), TRAINED)


def offers_of(told: dict[str, Any]) -> Offers:
    """The same, of what was told."""
    return Offers(*(tuple(told[what]) for what in ("methods", "backbones", "trained")))


if __name__ == "__main__":
    tell(read_offers)
