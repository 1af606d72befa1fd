"""Self-supervised methods from scratch on few photos: what features are worth afterwards, on photos held out.

Trains on `clothing/train` and `caltech101` without their labels, then tells the classes of `clothing/test`, and of a
fifth of `caltech101` that no training saw, by k-NN and linear probe learned on the photos that were trained on. Beside
the same backbone as it was before, each photo compared with itself, and raw pixels. Each method's learning rate is the
one of three with which k-NN tells most of a fifth of the photos to train on, trained half as long on the others.

    python benchmarks/tuning.py [--methods simclr,moco-v2] [--seeds 3] [--epochs 60] [--side 48] [--finetune EPOCHS]
        [--keep FOLDER]

With `--finetune` all weights are trained on the classes afterwards, for so many epochs, and so are those of the same
backbone as it was before, at the rate of three that is best for the latter on that slice.

With `--keep`, what each method and seed came to is kept there as soon as it is known, and not run again: a run that was
cut short goes on, and `--seeds 1` tells what is there once each method ran once. Empty the folder when code changes.
"""

import argparse
import copy
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lens.evaluation.intervals import difference_of, share_of
from lens.evaluation.protocols import PROTOCOLS
from lens.selfsup.backbones import Backbone, convolutional, transformer
from lens.selfsup.colorization import Colorization
from lens.selfsup.decoded import decode_once
from lens.selfsup.dino import DINO
from lens.selfsup.dinov2 import DINOv2
from lens.selfsup.finetuning import finetuned
from lens.selfsup.ibot import IBOT
from lens.selfsup.ijepa import IJEPA
from lens.selfsup.jigsaw import Jigsaw
from lens.selfsup.mae import MAE
from lens.selfsup.method import Method
from lens.selfsup.moco import MoCoV2, MoCoV3
from lens.selfsup.rotation import Rotation
from lens.selfsup.simclr import SimCLR
from lens.selfsup.training import Recipe, Step, train

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
BATCH = 64
RATES = (3e-4, 1e-3, 3e-3)


def cnn(side: int) -> Backbone:
    return convolutional("resnet10t")


def vit(side: int) -> Backbone:
    return transformer("vit_tiny_patch16_224", side, patch_size=8, embed_dim=128, depth=6, num_heads=4)


METHODS: dict[str, tuple[Callable[[int], Backbone], Callable[[Backbone, int], Method]]] = {
    "simclr": (cnn, SimCLR),
    "moco-v2": (cnn, lambda backbone, side: MoCoV2(backbone, side, queue=8 * BATCH)),
    "moco-v3": (vit, MoCoV3),
    "dino": (vit, lambda backbone, side: DINO(backbone, side, prototypes=256, crops=2)),
    "ibot": (vit, lambda backbone, side: IBOT(backbone, side, prototypes=256, crops=2)),
    "dinov2": (vit, lambda backbone, side: DINOv2(backbone, side, prototypes=256, crops=2)),
    "rotation": (cnn, Rotation),
    "jigsaw": (cnn, Jigsaw),
    "colorization": (cnn, Colorization),
    "mae": (vit, MAE),
    "ijepa": (vit, IJEPA),
}


@dataclass(frozen=True)
class Photos:
    """A set of photos and the classes that judge features, never seen in training."""

    pixels: NDArray[np.uint8]
    classes: NDArray[np.int64]
    judged: NDArray[np.bool_]

    def to_choose_by(self) -> "Photos":
        """The photos to train on alone, of which every fifth judges."""
        rest = ~self.judged
        return Photos(self.pixels[rest], self.classes[rest], np.arange(rest.sum()) % 5 == 0)


def read(folder: Path, judged: Callable[[Path, int], bool], side: int, cache: Path) -> Photos:
    """Photos in folders by class."""
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in {".jpg", ".jpeg", ".png"})
    pixels, kept = decode_once(files, side, cache)
    files = [files[number] for number in kept.tolist()]
    classes = np.unique([file.parent.name for file in files], return_inverse=True)[1].astype(np.int64)
    return Photos(pixels, classes, np.array([judged(file, number) for number, file in enumerate(files)]))


@torch.no_grad()
def features(backbone: Backbone, photos: Photos) -> NDArray[np.float32]:
    """(n, dim) of unit norm."""
    backbone.eval()
    parts = []
    for start in range(0, len(photos.pixels), 256):
        pixels = torch.from_numpy(np.array(photos.pixels[start : start + 256])).permute(0, 3, 1, 2).float() / 255
        parts.append(torch.nn.functional.normalize(backbone(pixels), dim=1).numpy())
    return np.concatenate(parts)


def raw(photos: Photos) -> NDArray[np.float32]:
    """Pixels at an eighth of the size, of unit norm, without their mean."""
    pixels = torch.from_numpy(np.array(photos.pixels)).permute(0, 3, 1, 2).float()
    small = torch.nn.functional.adaptive_avg_pool2d(pixels, 16).flatten(1).numpy()
    small -= small.mean(axis=1, keepdims=True)
    return (small / np.linalg.norm(small, axis=1, keepdims=True)).astype(np.float32)


def judge(vectors: NDArray[np.float32], photos: Photos) -> dict[str, list[bool]]:
    """Whether each judged photo's class is told, by protocol."""
    known, asked = vectors[~photos.judged], vectors[photos.judged]
    right = photos.classes[photos.judged]
    classes = photos.classes[~photos.judged]
    return {name: (tell(known, classes, asked) == right).tolist() for name, tell in PROTOCOLS.items()}


def told_by_finetuning(backbone: Backbone, photos: Photos, recipe: Recipe) -> list[bool]:
    """Whether each judged photo's class is told by a copy of the backbone that was trained on the others' classes."""
    known, judged = ~photos.judged, photos.judged
    told = finetuned(
        copy.deepcopy(backbone), photos.pixels[known], photos.classes[known], photos.pixels[judged], recipe
    )
    return (told == photos.classes[judged]).tolist()


def run(
    name: str, sets: dict[str, Photos], side: int, recipe: Recipe, further: Recipe | None = None
) -> dict[str, dict[str, Any]]:
    """Train one method with one seed, and judge its backbone before and after, also trained further if asked."""
    torch.manual_seed(recipe.seed)
    make, method_of = METHODS[name]
    backbone = make(side)

    def judged(backbone: Backbone, photos: Photos) -> dict[str, list[bool]]:
        found = judge(features(backbone, photos), photos)
        return found | ({"finetune": told_by_finetuning(backbone, photos, further)} if further else {})

    before = {each: judged(backbone, photos) for each, photos in sets.items()}
    method = method_of(backbone, side)
    trained_on = np.concatenate([photos.pixels[~photos.judged] for photos in sets.values()])
    started, last = time.monotonic(), [Step(0, 0, 0.0, 0.0)]
    with tempfile.TemporaryDirectory() as folder:
        ended = train(method, trained_on, recipe, Path(folder) / "run", on_step=lambda step: last.__setitem__(0, step))
    seconds = time.monotonic() - started
    after = {each: judged(method.backbone, photos) for each, photos in sets.items()}
    return {
        "before": before,
        "after": after,
        "run": {
            "learning_rate": recipe.learning_rate,
            "seconds": seconds,
            "photos_per_second": last[0].photos_per_second,
            "rank": ended.curve[-1]["rank"],
        },
    }


def kept(file: Path, ran: Callable[[], dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """What a run came to, read from its file if it ran before."""
    if not file.exists():
        done = ran()
        part = file.with_suffix(".part")
        part.write_text(json.dumps(done))
        part.replace(file)
        print(f"{file.stem}: {json.dumps(done['run'])}", file=sys.stderr, flush=True)
    found: dict[str, dict[str, Any]] = json.loads(file.read_text())
    return found


def best_rate(name: str, sets: dict[str, Photos], side: int, epochs: int, keep: Path) -> float:
    """The learning rate with which most is told of photos that were to be trained on."""
    some = {each: photos.to_choose_by() for each, photos in sets.items()}

    def told(rate: float) -> float:
        file = keep / f"{name}-{side}px-{epochs}-epochs-at-{rate}.json"
        right = kept(file, partial(run, name, some, side, Recipe(epochs, BATCH, learning_rate=rate)))["after"]
        return float(np.mean([np.mean(right[each]["knn"]) for each in some]))

    return max(RATES, key=told)


def best_rate_to_finetune(name: str, sets: dict[str, Photos], side: int, epochs: int, keep: Path) -> float:
    """The learning rate with which an untrained backbone learns most of what `best_rate` is chosen by."""
    some = {each: photos.to_choose_by() for each, photos in sets.items()}

    def tried(rate: float) -> dict[str, dict[str, Any]]:
        torch.manual_seed(0)
        backbone = METHODS[name][0](side)
        recipe = Recipe(epochs, BATCH, learning_rate=rate)
        right = {each: told_by_finetuning(backbone, photos, recipe) for each, photos in some.items()}
        return {"right": right, "run": {"learning_rate": rate}}

    def told(rate: float) -> float:
        right = kept(keep / f"{name}-{side}px-finetuned-{epochs}-epochs-at-{rate}.json", partial(tried, rate))["right"]
        return float(np.mean([np.mean(each) for each in right.values()]))

    return max(RATES, key=told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--side", type=int, default=48)
    parser.add_argument("--finetune", type=int, default=0, metavar="EPOCHS")
    parser.add_argument("--keep", type=Path, help="a folder for what each method and seed came to")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    names = asked.methods.split(",")
    found: list[dict[str, object]] = []

    def tell(who: str, photos: str, protocol: str, right: NDArray[np.float64], **more: object) -> None:
        share = share_of(right)
        found.append({"who": who, "photos": photos, "protocol": protocol} | vars(share) | more)
        if not asked.json:
            said = more.get("gain", "")
            print(f"{who:22} {photos:10} {protocol:6} {share} {said}", flush=True)

    with tempfile.TemporaryDirectory() as cache:
        keep = asked.keep or Path(cache)
        keep.mkdir(parents=True, exist_ok=True)
        sets = {
            "clothing": read(DATA / "clothing", lambda file, _: "test" in file.parts, asked.side, keep),
            "caltech101": read(DATA / "caltech101", lambda _, number: number % 5 == 0, asked.side, keep),
        }
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        rates = {name: best_rate(name, sets, asked.side, asked.epochs // 2, keep) for name in names}
        further = {
            name: best_rate_to_finetune(name, sets, asked.side, asked.finetune, keep) if asked.finetune else 0.0
            for name in names
        }
        for seed in range(asked.seeds):  # every method once, before any runs twice
            for name in names:
                recipe = Recipe(asked.epochs, BATCH, learning_rate=rates[name], seed=seed)
                then = replace(recipe, epochs=asked.finetune, learning_rate=further[name]) if asked.finetune else None
                suffix = f"-finetuned-{asked.finetune}" if then else ""
                file = keep / f"{name}-{asked.side}px-{asked.epochs}-epochs-seed-{seed}{suffix}.json"
                runs[name].append(kept(file, partial(run, name, sets, asked.side, recipe, then)))
        for each, photos in sets.items():
            for protocol, right in judge(raw(photos), photos).items():
                tell("raw pixels", each, protocol, np.array(right, dtype=np.float64))
    for name in names:
        means = {key: float(np.mean([done["run"][key] for done in runs[name]])) for key in runs[name][0]["run"]}
        for each in sets:
            for protocol in [*PROTOCOLS, *(["finetune"] if asked.finetune else [])]:
                before, after = (
                    np.mean([done[when][each][protocol] for done in runs[name]], axis=0)  # a photo's mean over seeds
                    for when in ("before", "after")
                )
                gain = difference_of(after, before)
                tell(f"{name} before", each, protocol, before, **means)
                tell(f"{name} after", each, protocol, after, gain=gain, **means)
    if asked.json:
        print(json.dumps(found, indent=2, default=vars))


if __name__ == "__main__":
    main()
