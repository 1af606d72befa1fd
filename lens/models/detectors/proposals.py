"""Boxes in which something may be, whatever it is, from the image tower's maps.

Neighbouring places are merged step by step, those that differ least first, until one piece is left: Ward's hierarchical
clustering, in the spirit of selective search (Uijlings et al., IJCV 2013), over deep features and colours. Every piece
there ever was proposes its box. How different a piece was from what it was merged with says how much of a thing it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lens.models.encoders.image_maps import MapTower

__all__ = ["Proposals", "merges", "proposals"]

SIDE = 640
"""The longer side in pixels of what the tower sees. A place is 16 pixels wide."""
COLOUR = 0.5
"""How much colours count beside textures and things."""
SAME = 0.75
"""The IoU above which two boxes are one proposal."""


@dataclass(frozen=True)
class Proposals:
    """Boxes in one photo, the most distinct first; the first is the whole photo."""

    boxes: NDArray[np.float32]  # (n, 4), in pixels
    distinct: NDArray[np.float32]  # (n,), 0 to 1, how much of a thing each is beside the most distinct


def proposals(tower: MapTower, image: Image.Image, count: int) -> Proposals:
    """The whole of an upright RGB photo, and at most `count` boxes in it."""
    import torch
    from torchvision.ops import nms

    places = _places(tower, image)
    boxes, distinct = merges(places)
    kept = nms(torch.from_numpy(boxes).double(), torch.from_numpy(distinct), SAME)[:count].numpy()
    scale = np.tile(np.array(image.size) / np.array(places.shape[1::-1]), 2)
    found = np.concatenate([[[0, 0, *image.size]], boxes[kept] * scale])
    most = distinct.max(initial=1e-6)
    return Proposals(found.astype(np.float32), np.append(1, distinct[kept] / most).astype(np.float32))


def merges(places: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The pieces of a map that arise when alike neighbours are merged until all is one.

    Args:
        places: (rows, columns, dim).

    Returns:
        (n, 4) boxes, x0, y0, x1, y1 in places, of pieces of at least two; and for each how far it was, in Ward's
        distance, from what it was merged with. The whole is left out.
    """
    from sklearn.cluster import ward_tree
    from sklearn.feature_extraction.image import grid_to_graph

    rows, columns, dim = places.shape
    children, _, leaves, _, distances = ward_tree(
        places.reshape(-1, dim), connectivity=grid_to_graph(rows, columns), return_distance=True
    )
    y, x = np.divmod(np.arange(leaves), columns)
    boxes = np.zeros((leaves + len(children), 4), np.int64)
    boxes[:leaves] = np.stack([x, y, x + 1, y + 1], axis=1)
    distinct = np.zeros(len(boxes))
    for number, (pair, distance) in enumerate(zip(children, distances, strict=True), start=leaves):
        boxes[number, :2] = boxes[pair, :2].min(axis=0)
        boxes[number, 2:] = boxes[pair, 2:].max(axis=0)
        distinct[pair] = distance
    return boxes[leaves:-1], distinct[leaves:-1]


def _places(tower: MapTower, image: Image.Image) -> NDArray[np.float32]:
    """(rows, columns, dim) what each place looks like: textures, things and colours."""
    import cv2
    from scipy.ndimage import zoom

    maps = tower.maps(image, SIDE)
    rows, columns = maps.fine.shape[1:]
    coarse = zoom(maps.coarse, (1, 2, 2), order=1, mode="nearest", grid_mode=True)
    small = image.convert("RGB").resize((columns, rows), Image.Resampling.BOX)
    colour = cv2.cvtColor(np.asarray(small, np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    textures, things = (_even(part.transpose(1, 2, 0)) for part in (maps.fine, coarse))
    return np.concatenate([textures, things, COLOUR * _even(np.asarray(colour, np.float32))], axis=2)


def _even(part: NDArray[np.float32]) -> NDArray[np.float32]:
    """(rows, columns, d) scaled so that the places lie at a mean squared distance of one from their mean."""
    spread = float(np.square(part - part.mean(axis=(0, 1))).sum(axis=2).mean()) ** 0.5
    even: NDArray[np.float32] = part / np.float32(max(spread, 1e-6))
    return even
