"""The main object of each photo as a detector that needs no words: LOST or TokenCut on the patches of a network."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from lens.errors import ModelMissing, QueryError
from lens.models.detectors.base import Detections, DetectorInfo, within
from lens.models.device import choose_compute
from lens.models.files import find
from lens.models.objects import vit
from lens.models.objects.builtin import BuiltinPatches
from lens.models.objects.discovery import METHODS, separation
from lens.models.objects.patches import PatchEncoder
from lens.models.pretrained import model_type

__all__ = ["DEFAULT_METHOD", "ObjectFinder", "load_objects"]

DEFAULT_METHOD = "tokencut"


def load_objects(
    name: str = "builtin",
    method: str = DEFAULT_METHOD,
    *,
    device: str | None = None,
    precision: str | None = None,
    batch: int | None = None,
) -> "ObjectFinder":
    """What finds the main object of a photo; nothing is downloaded.

    Args:
        name: `builtin`, or a DINO or DINOv2 in transformers' format: from the catalogue or of an imported model, the
            path of a folder, or `hf:org/repo`.
        method: `tokencut` or `lost`.
        device: `cpu`, `cuda`, `cuda:N` or `mps`; by default a GPU that works, else the CPU.
        precision: `float32`, `bfloat16` or `float16`; by default `float32`.
        batch: as `load_detector` takes it.

    Raises:
        QueryError: there is no such method.
        ModelMissing: there is no such model, its files are not on this machine, or its patches cannot be told apart.
        ModelDamaged: its files are not what they should be.
        DeviceError: the device is not there or cannot be used.
    """
    if method not in METHODS:
        raise QueryError(f"There is no method {method!r} to find objects; there are {' and '.join(METHODS)}.")
    if name == "builtin":
        return ObjectFinder(BuiltinPatches(), method)
    files = find(name)
    if (kind := model_type(files.path)) not in vit.KINDS:
        raise ModelMissing(
            f"{files.name} finds no objects ({kind or 'of no known kind'}): DINO, DINOv2 and builtin do."
        )
    return ObjectFinder(vit.load(files, choose_compute(device, precision or "float32", batch)), method)


class ObjectFinder:
    """Satisfies the `Detector` protocol, at most one box a photo; phrases say nothing to it, the first is answered."""

    def __init__(self, encoder: PatchEncoder, method: str = DEFAULT_METHOD) -> None:
        self._encoder, self._discover = encoder, METHODS[method]
        told = encoder.info
        self.info = DetectorInfo(f"objects {told.name}", f"{method}, {told.model}", f"{method} {told.revision}", 0.0)

    def detect(self, image: Image.Image, phrases: Sequence[str], threshold: float | None = None) -> Detections:
        """The box around the patches of the main object, and how much they differ from the rest; see `Detector`."""
        patches = self._encoder.patches(image)
        found = self._discover(patches)
        rows, columns = found.shape
        across, down = np.flatnonzero(found.any(axis=0)), np.flatnonzero(found.any(axis=1))
        score = separation(patches, found)
        if not phrases or score <= (threshold or 0.0):
            return within(image.size, np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))
        box = np.array([[across[0], down[0], across[-1] + 1, down[-1] + 1]], np.float64)
        scale = np.tile(np.array(image.size) / (columns, rows), 2)
        return within(image.size, box * scale, np.array([score]), np.zeros(1, np.int64))

    def detect_all(
        self, images: Sequence[Image.Image], phrases: Sequence[str], threshold: float | None = None
    ) -> list[Detections]:
        """The same for each of several photos."""
        return [self.detect(image, phrases, threshold) for image in images]
