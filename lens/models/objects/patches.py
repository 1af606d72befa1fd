"""What every network offers that tells the patches of a photo apart: a vector for each."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["PatchEncoder", "PatchEncoderInfo"]


@dataclass(frozen=True)
class PatchEncoderInfo:
    """Which network saw the patches."""

    name: str
    """What the user types."""
    model: str
    """The network behind it, for people."""
    revision: str
    """Fingerprint of the weights."""


class PatchEncoder(Protocol):
    """Photos to maps of patches."""

    info: PatchEncoderInfo

    def patches(self, image: Image.Image) -> NDArray[np.float32]:
        """(rows, columns, dim) one vector for each patch of an upright RGB photo, which the patches cover evenly.

        Raises:
            DeviceError: the memory does not suffice for one photo.
        """
