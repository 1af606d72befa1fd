"""How well the built-in encoder finds and names photos that it was never trained on.

Every caption of the validation photos is a query; the gallery is both validation sets, with Caltech-101 as distractors.
Naming is zero-shot over the classes of Caltech-101. Each way of comparing is judged alone, beside the whole.
"""

import argparse
import dataclasses
import json
import os
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from lens.align.classes import PROMPTS, prompt_mean
from lens.align.datasets import Example, validation_split, zero_shot_split
from lens.align.evaluate import Estimate, estimate, ranks_of_classes, ranks_of_photos
from lens.models.encoders.builtin import BuiltinEncoder, load_builtin
from lens.models.encoders.image_tower import ImageFeatures

CHUNK = 64
Table = dict[str, dict[str, Estimate]]


def see(encoder: BuiltinEncoder, examples: list[Example]) -> tuple[ImageFeatures, float]:
    """What the heads are given of the photos, and how many were seen in a second, reading and resizing left out."""
    seen, seconds = [], 0.0
    for start in range(0, len(examples), CHUNK):
        inputs = []
        for item in examples[start : start + CHUNK]:
            with Image.open(item.path) as opened:
                inputs.append(encoder.prepare(ImageOps.exif_transpose(opened).convert("RGB")))
        before = time.perf_counter()
        seen.append(encoder.photo_features(inputs))
        seconds += time.perf_counter() - before
    joined = (np.concatenate([getattr(part, name) for part in seen]) for name in vars(seen[0]))
    return ImageFeatures(*joined), len(examples) / seconds


def judge(encoder: BuiltinEncoder, data: Path) -> tuple[dict[str, Table], float]:
    """Way of comparing → data set → measure, and photos a second."""
    sets = validation_split(data)
    objects, names = zero_shot_split(data)
    searched = [item for items in sets.values() for item in items]
    seen, rate = see(encoder, searched + objects)
    captions = [(text, place) for place, item in enumerate(searched) for text in item.captions]
    said = encoder.text_features([text for text, _ in captions])
    owners = np.array([place for _, place in captions])
    prompted = [encoder.text_features([prompt.format(name) for name in names]) for prompt in PROMPTS]
    labels = np.array([item.label for item in objects])
    tables: dict[str, Table] = {}
    for way, heads in encoder.heads.alone().items():
        gallery = heads.encode_photos(seen)
        ranks = ranks_of_photos(heads.encode_texts(said), gallery, owners)
        tables[way] = {}
        first = 0
        for name, items in sets.items():
            chosen = (owners >= first) & (owners < first + len(items))
            first += len(items)
            tables[way][name] = {f"R@{k}": estimate(ranks[chosen], k, owners[chosen]) for k in (1, 5, 10)}
        classes = prompt_mean([heads.encode_texts(each) for each in prompted])
        ranks = ranks_of_classes(gallery[len(searched) :], classes, labels)
        tables[way]["Caltech-101"] = {f"top-{k}": estimate(ranks, k, np.arange(len(ranks))) for k in (1, 5)}
    return tables, rate


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with flickr8k, coco and caltech101")
    parser.add_argument("--json", action="store_true", help="numbers instead of a table")
    asked = parser.parse_args()
    tables, rate = judge(load_builtin(), asked.data)
    if asked.json:
        plain = {
            part: {name: {key: dataclasses.asdict(value) for key, value in row.items()} for name, row in table.items()}
            for part, table in tables.items()
        }
        print(json.dumps({"parts": plain, "photos_per_second": rate}, indent=2))
        return
    print("Percent, with 95 % bootstrap intervals over photos")
    for part, table in tables.items():
        for name, row in table.items():
            cells = "  ".join(f"{key} {value!s:16}" for key, value in row.items())
            print(f"{part:10} {name:12} {cells}")
    print(f"encoding alone: {rate:.0f} photos/s on {os.cpu_count()} processors")


if __name__ == "__main__":
    main()
