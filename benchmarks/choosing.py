"""How well picking, clusters and unusual photos do on photos whose classes are known, and were used for nothing else.

    python benchmarks/choosing.py --data DIR [--json]

Picking: 100 photos of Caltech-101, of whose classes how many are among them, and how well they cover all photos.
Clusters: adjusted mutual information with the classes, 0 by chance, 1 the same (Vinh et al., JMLR 2010). Unusual: one
photo of every fifth class among the photos of clothing: how likely one of them comes before a photo of clothing.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score, roc_auc_score

from lens import Library
from lens.curation.clusters import cluster
from lens.curation.collection import load, vectors_of
from lens.curation.picking import coverage, pick
from lens.curation.unusual import unusualness
from lens_indexes import Index

PICKED = 100
DRAWS = 20


def judge(data: Path) -> dict[str, Any]:
    """Every measure, by its name."""
    with tempfile.TemporaryDirectory() as made:
        library = Library.open(Path(made) / "index")
        library.index([data / "caltech101", data / "clothing"], "builtin", thumbnails=False)
        index = Index.open(library.uri)
        photos = load(index)
        vectors = vectors_of(index, photos)
    objects = np.array([photo.path.is_relative_to((data / "caltech101").resolve()) for photo in photos])
    classes = np.array([photo.path.parent.name for photo in photos])
    chosen = [photos[number] for number in np.flatnonzero(objects)]
    return picking(vectors[objects], classes[objects], chosen) | unusual(vectors, objects, classes)


def picking(vectors: Any, classes: Any, photos: Any) -> dict[str, Any]:
    """Picks and clusters of Caltech-101."""
    found: dict[str, Any] = {"classes": len(set(classes))}
    ways = {"diverse": False, "typical": True}
    picks = {name: [pick(photos, vectors, PICKED, typical=typical)] for name, typical in ways.items()}
    rng = np.random.default_rng(0)
    picks["by chance"] = [rng.choice(len(photos), PICKED, replace=False).tolist() for _ in range(DRAWS)]
    for name, draws in picks.items():
        covered = [coverage(vectors, numbers) for numbers in draws]
        found[f"{name}: classes among {PICKED}"] = float(np.mean([len(set(classes[numbers])) for numbers in draws]))
        found[f"{name}: mean coverage"] = float(np.mean([each.mean for each in covered]))
        found[f"{name}: low coverage"] = float(np.mean([each.low for each in covered]))
    for count in (None, len(set(classes))):
        clusters = cluster(vectors, count)
        labels = np.empty(len(photos), int)
        for number, each in enumerate(clusters):
            labels[each.members] = number
        name = "of itself" if count is None else "as asked"
        found[f"clusters, {len(clusters)} {name}: AMI"] = float(adjusted_mutual_info_score(classes, labels))
    return found


def unusual(vectors: Any, objects: Any, classes: Any) -> dict[str, Any]:
    """The area under the ROC curve of strangers among photos of clothing, of some draws."""
    rng = np.random.default_rng(0)
    clothing = np.flatnonzero(~objects)
    areas, strange = [], sorted(set(classes[objects]))[::5]
    for _ in range(DRAWS):
        strangers = [rng.choice(np.flatnonzero(objects & (classes == name))) for name in strange]
        numbers = np.concatenate([clothing, strangers])
        areas.append(roc_auc_score(np.arange(len(numbers)) >= len(clothing), unusualness(vectors[numbers])))
    return {"unusual: area under the curve": float(np.mean(areas)), "unusual: its range": [min(areas), max(areas)]}


def main() -> None:
    """Print the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with caltech101 and clothing")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = judge(asked.data)
    if asked.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{name:40} {np.round(value, 3)}")


if __name__ == "__main__":
    main()
