"""The built-in encoder after `lens tune` on photos of clothing: what it gained there, and what words lost elsewhere.

Indexes `clothing/train` and tunes on it without its classes, as a user would, then tells the classes of `clothing/test`
by k-NN and linear probe learned on `clothing/train`, and finds the validation photos by their captions among all these.
The decision follows from the intervals; the encoder then takes over searches whatever it is, and is rolled back.

    python benchmarks/adapting.py [--methods simclr,moco-v3] [--slice] [--keep FOLDER] [--json]

`--slice` is how `CHOSEN` was chosen: a third of `clothing/train` judges what is learned from the rest, and training
photos of Flickr8k are found by their captions; no photo of the test and validation sets is read. With `--keep`, what
each run came to is kept there as soon as it is known, and not run again.
"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tuning import kept

from lens import Library
from lens.align.datasets import FLICKR_TRAINING, Example, training_split, validation_split
from lens.evaluation import Difference, Evaluated, Judgement
from lens.evaluation.intervals import difference_of, share_of
from lens.evaluation.protocols import PROTOCOLS
from lens.evaluation.retrieval import places_of
from lens.models.encoders.base import Encoder
from lens.models.encoders.builtin import load_builtin
from lens.models.loading import load
from lens.photos.decode import read_photo
from lens.search.match import Band
from lens.tuning.verdict import BY_CLASSES, Verdict, decide

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
CHUNK = 64
WITHIN = (1, 5, 10)
EVERY_FIFTH = 5
BEFORE = "builtin"


@dataclass(frozen=True)
class Setting:
    """How a method trains; the anchor is what holds vectors where they were."""

    learning_rate: float
    anchor: float
    epochs: int = 10
    side: int = 128

    def __str__(self) -> str:
        return f"rate {self.learning_rate:g}, anchor {self.anchor:g}, {self.epochs} epochs of {self.side} px"


GRID = [Setting(rate, anchor) for rate, anchor in ((3e-4, 10), (3e-4, 30), (1e-3, 30))]
CHOSEN = {
    "simclr": Setting(3e-4, 10),
    "moco-v3": Setting(3e-4, 10),
    "dino": Setting(3e-4, 10),
    "moco-v2": Setting(3e-4, 10),
}
"""By the slice, on which no other setting has been tried with all of them so far: docs/QUALITY.md."""


@dataclass(frozen=True)
class Photos:
    """What is learned from, and what judges."""

    learned: Sequence[Path]
    """Photos in folders by class."""
    judged: Sequence[Path]
    """Others, likewise."""
    captioned: Sequence[Example]


def whole(data: Path) -> Photos:
    """What may be reported."""
    learned, judged = (sorted((data / "clothing" / part).rglob("*.jpg")) for part in ("train", "test"))
    return Photos(learned, judged, [item for items in validation_split(data).values() for item in items])


def part(data: Path) -> Photos:
    """What settings may be chosen by."""
    files = sorted((data / "clothing" / "train").rglob("*.jpg"))
    thirds = [int(hashlib.sha256(file.name.encode()).hexdigest(), 16) % 3 for file in files]
    learned = [file for file, third in zip(files, thirds, strict=True) if third]
    judged = [file for file, third in zip(files, thirds, strict=True) if not third]
    return Photos(learned, judged, training_split(data)[:FLICKR_TRAINING:EVERY_FIFTH])


def copied(files: Sequence[Path], folder: Path) -> Path:
    """A folder of these photos and no others, by class."""
    for file in files:
        (folder / file.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / file.parent.name)
    return folder


def encoded(encoder: Encoder, files: Sequence[Path]) -> NDArray[np.float32]:
    """(n, dim) of unit norm."""
    parts = []
    for start in range(0, len(files), CHUNK):
        some = [read_photo(file, min_side=encoder.info.min_side).image for file in files[start : start + CHUNK]]
        parts.append(encoder.encode_images(some))
    return np.concatenate(parts)


def judge(encoder: Encoder, photos: Photos) -> dict[str, list[float]]:
    """By measure, what each photo that judges scores."""
    by_class = [*photos.learned, *photos.judged]
    vectors = encoded(encoder, [*by_class, *(item.path for item in photos.captioned)])
    names = np.unique([file.parent.name for file in by_class], return_inverse=True)[1]
    known, asked = np.split(vectors[: len(by_class)], [len(photos.learned)])
    taught, right = np.split(names, [len(photos.learned)])
    scores = {name: (tell(known, taught, asked) == right).astype(float).tolist() for name, tell in PROTOCOLS.items()}
    said = [(len(by_class) + at, text) for at, item in enumerate(photos.captioned) for text in item.captions]
    own = np.array([number for number, _ in said])
    places = places_of(encoder.encode_texts([text for _, text in said]), vectors, own)
    for within in WITHIN:
        found = [float((places[own == each] < within).mean()) for each in np.unique(own)]
        scores[f"captions, first {within}"] = found
    return scores


def answers(library: Library, photos: Photos) -> list[list[tuple[Path, float]]]:
    """All photos of the index with their scores, by words and by a photo of each class."""
    classes = {file.parent.name: file for file in photos.learned}
    most = len(photos.learned)
    found = [library.search(name, most, least=Band.REST) for name in classes]
    found += [library.similar(file, most, least=Band.REST) for file in classes.values()]
    return [[(match.path, match.score) for match in each] for each in found]


def adapt(library: Library, method: str, setting: Setting, photos: Photos, *, take_over: bool) -> dict[str, Any]:
    """Tune, judge, and let searches use what came of it and no longer."""
    plan = library.tuning.plan(method, name=f"{method}-{setting.learning_rate:g}-{setting.anchor:g}", **asdict(setting))
    report = library.tuning.train(plan)
    scores = judge(load(plan.name), photos)
    changed: bool | None = None
    if take_over:
        before = answers(library, photos)
        library.index(library.status().folders, plan.name, thumbnails=False)
        library.set_default_encoder(plan.name)
        changed = answers(library, photos) != before
        if library.adoption.roll_back() != BEFORE or answers(library, photos) != before:
            raise SystemExit(f"{plan.name}: rolled back, searches answer otherwise than before")
        library.drop_encoder(plan.name)
    shutil.rmtree(Path(os.environ["LENS_MODELS"]) / plan.name)
    run = {"photos": report.photos, "steps": report.steps, "seconds": report.seconds, "changed": changed}
    return {"scores": scores, "run": run, "curve": report.curve}


def gains(after: dict[str, list[float]], before: dict[str, list[float]]) -> Evaluated:
    """What an encoder is worth beside the one it was."""
    judgements: list[Judgement] = []
    differences: dict[str, Difference] = {}
    for measure, scores in after.items():
        now, was = np.array(scores), np.array(before[measure])
        judgements += [Judgement(measure, "tuned", share_of(now)), Judgement(measure, BEFORE, share_of(was))]
        differences[measure] = difference_of(now, was)
    return Evaluated(judgements, differences)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--methods", default=",".join(CHOSEN))
    parser.add_argument("--slice", action="store_true", help="choose settings, and leave test photos alone")
    parser.add_argument("--keep", type=Path, help="a folder for what each run came to")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    photos = part(asked.data) if asked.slice else whole(asked.data)
    names = asked.methods.split(",")
    runs = [(name, setting) for setting in GRID for name in names] if asked.slice else [(n, CHOSEN[n]) for n in names]
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"LENS_MODELS": f"{folder}/models", "LENS_CACHE": f"{folder}/cache"}
        keep = asked.keep or Path(folder) / "kept"
        keep.mkdir(parents=True, exist_ok=True)
        library = Library.open(Path(folder) / "index")
        library.index([copied(photos.learned, Path(folder) / "photos")], thumbnails=False)
        at = "slice" if asked.slice else "test"
        before = kept(keep / f"{at}-before.json", lambda: {"scores": judge(load_builtin(), photos), "run": {}})
        for method, setting in runs:
            ran = partial(adapt, library, method, setting, photos, take_over=not asked.slice)
            done = kept(keep / f"{at}-{method} {setting}.json", ran)
            evaluated = gains(done["scores"], before["scores"])
            verdict = decide("tuned", BEFORE, evaluated, decisive=BY_CLASSES)
            found.append({"method": method, "setting": setting, "verdict": verdict, **done["run"]})
            if not asked.json:
                tell(method, setting, verdict)
    if asked.json:
        print(json.dumps(found, indent=2, default=vars))


def tell(method: str, setting: Setting, verdict: Verdict) -> None:
    """One method's rows, for people."""
    print(f"{method}, {setting}: {'adopted' if verdict.better else '; '.join(verdict.reasons)}")
    shares = {(each.measure, each.encoder): each.share for each in verdict.found.judgements}
    for measure, gain in verdict.found.differences.items():
        print(
            f"  {measure:18} {shares[measure, BEFORE]}, then {shares[measure, 'tuned'].value:.1%}: {gain}", flush=True
        )


if __name__ == "__main__":
    main()
