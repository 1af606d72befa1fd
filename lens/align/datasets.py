"""Which photos train the heads, and which judge them."""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lens.errors import FolderError

__all__ = ["Example", "imagenet_classes", "training_split", "validation_split", "zero_shot_split"]

FLICKR_TRAINING = 700
"""The first so many Flickr8k photos, by name, train; the others judge."""
CALTECH_NAMES = {
    "Faces": "face", "Leopards": "leopard", "Motorbikes": "motorbike", "car_side": "car", "cougar_body": "cougar",
    "crocodile_head": "crocodile", "flamingo_head": "flamingo", "water_lilly": "water lily",
}  # fmt: skip
"""Folder names that are not plain English; two names for one thing stay two classes."""


@dataclass(frozen=True)
class Example:
    """One photo and what it shows."""

    path: Path
    captions: tuple[str, ...] = ()
    label: int | None = None
    """Number of its class, where it has one instead of captions."""


def training_split(data: Path) -> list[Example]:
    """Flickr8k (first 700), COCO without instances, one photo per ImageNet class.

    Raises:
        FolderError: the folder does not hold these sets.
    """
    flickr, coco, instances = _flickr(data), _coco(data), _coco_instances(data)
    number = {synset: index for index, synset in enumerate(imagenet_classes())}
    folder = _existing(data / "imagenet-sample")
    classes = [Example(path, label=number[path.name.split("_")[0]]) for path in sorted(folder.glob("*.jpg"))]
    return flickr[:FLICKR_TRAINING] + [item for item in coco if item.path.name not in instances] + classes


def validation_split(data: Path) -> dict[str, list[Example]]:
    """The captioned photos that judge retrieval, by set.

    Raises:
        FolderError: the folder does not hold these sets.
    """
    instances = _coco_instances(data)
    coco = [item for item in _coco(data) if item.path.name in instances]
    return {"COCO": coco, "Flickr8k": _flickr(data)[FLICKR_TRAINING:]}


def zero_shot_split(data: Path) -> tuple[list[Example], list[str]]:
    """Caltech-101 and the names of its classes; never trained on.

    Raises:
        FolderError: the folder does not hold this set.
    """
    folders = sorted(path for path in _existing(data / "caltech101").iterdir() if path.is_dir())
    names = [CALTECH_NAMES.get(path.name, path.name.replace("_", " ")) for path in folders]
    photos = [
        Example(path, label=label) for label, folder in enumerate(folders) for path in sorted(folder.glob("*.jp*g"))
    ]
    return photos, names


@cache
def imagenet_classes() -> dict[str, tuple[tuple[str, ...], str]]:
    """Synset → (its names, its definition in WordNet), in the order of the classifier."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo("imagenet-1k")
    return {
        synset: (tuple(info.label_name_to_description(synset, detailed=False).split(", ")), _definition(info, synset))
        for synset in info.label_names()
    }


def _definition(info: object, synset: str) -> str:
    described: str = info.label_name_to_description(synset, detailed=True)  # type: ignore[attr-defined]
    return described.partition(": ")[2]


def _flickr(data: Path) -> list[Example]:
    captions: defaultdict[str, list[str]] = defaultdict(list)
    with _existing(data / "flickr8k" / "captions.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            captions[row["image"]].append(row["caption"])
    return [Example(data / "flickr8k" / "images" / name, tuple(captions[name])) for name in sorted(captions)]


def _coco(data: Path) -> list[Example]:
    content = json.loads(_existing(data / "coco" / "captions.json").read_bytes())
    captions: defaultdict[int, list[str]] = defaultdict(list)
    for annotation in content["annotations"]:
        captions[annotation["image_id"]].append(annotation["caption"])
    images = sorted(content["images"], key=lambda image: str(image["file_name"]))
    return [Example(data / "coco" / "images" / image["file_name"], tuple(captions[image["id"]])) for image in images]


def _coco_instances(data: Path) -> set[str]:
    content = json.loads(_existing(data / "coco" / "instances.json").read_bytes())
    return {image["file_name"] for image in content["images"]}


def _existing(path: Path) -> Path:
    if not path.exists():
        raise FolderError(f"{path} is not there: --data must name the folder with flickr8k, coco and imagenet-sample")
    return path
