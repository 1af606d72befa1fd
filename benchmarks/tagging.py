"""How well the built-in encoder tags the COCO photos with instances, which its heads have never seen.

    python benchmarks/tagging.py --data ../shared/data [--fit] [--json]

Average precision without interpolation: micro over all pairs of photo and category, macro as the mean over categories
that at least three photos show. The photos are one collection, and vectors are all that is looked at.
"""

import argparse
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from relevance import Shown, examples, judging_photos
from sklearn.metrics import average_precision_score
from tag_fitting import fit, tell
from unseen import whole

from lens.align.evaluate import Estimate
from lens.models.encoders.builtin import BuiltinEncoder, load_builtin
from lens.search.background import wording
from lens.search.bands import Judge, calibration
from lens.search.evidence import Reference
from lens.tagging.likelihood import Likelihood, shares_of, tag_model
from lens.tagging.scoring import entry_vectors, zero_shot
from lens.tagging.vocabulary import Vocabulary, load_vocabulary

FEWEST_PHOTOS = 3
RESAMPLES = 200
Scores = NDArray[np.float32]
Right = NDArray[np.int8]


def scores_of(vocabulary: Vocabulary, photos: list[Shown]) -> dict[str, Scores]:
    """By way of scoring, (n, k) of n photos and k categories."""
    encoder = load_builtin()
    vectors = encoder.heads.encode_photos(whole(examples(photos), tell))
    texts = entry_vectors(vocabulary, encoder)
    reference, model = reference_of(encoder, vectors), tag_model()
    ways = {"cosines alone": (vectors @ texts.T).astype(np.float32)}
    names = encoder.encode_texts([entry.name for entry in vocabulary.entries])
    ways["cosines, names without prompts and synonyms"] = (vectors @ names.T).astype(np.float32)
    bands = np.empty_like(ways["cosines alone"])
    for number, entry in enumerate(vocabulary.entries):
        order = np.argsort(-ways["cosines alone"][:, number], kind="stable")
        judged = Judge(reference, calibration("words"), len(entry.name.split()))(texts[number], vectors[order])
        bands[order, number] = [chance or 0.0 for _, chance in judged]
    ways["relevance bands"] = bands
    alike = dataclasses.replace(model, shares={})
    for way, used in (("tags, every word as often said", alike), ("tags", model)):
        shares = shares_of(vocabulary, used)

        def likelihood(name: str, shares: dict[str, float] = shares) -> Likelihood:
            return Likelihood(Judge(reference, calibration("words"), len(name.split())), shares[name], model)

        dense = np.zeros_like(bands)
        found = zero_shot(vocabulary, texts, vectors, encoder.info, likelihood, least=0.0)
        for number, each in enumerate(found):
            dense[each.rows, number] = each.scores
        ways[way] = dense
    return ways


def reference_of(encoder: BuiltinEncoder, vectors: NDArray[np.float32]) -> Reference:
    """The photos as a collection."""
    return Reference.of(vectors, wording(encoder))


def right_of(vocabulary: Vocabulary, photos: list[Shown]) -> Right:
    """(n, k) whether a photo has an instance of a category."""
    return np.array(
        [[entry.name in (photo.categories or ()) for entry in vocabulary.entries] for photo in photos], np.int8
    )


def micro(scores: Scores, right: Right) -> float:
    """Average precision over all pairs at once, in percent."""
    return 100 * float(average_precision_score(right.ravel(), scores.ravel()))


def macro(scores: Scores, right: Right) -> float:
    """Mean of the categories' average precisions, in percent."""
    common = np.flatnonzero(right.sum(axis=0) >= FEWEST_PHOTOS)
    return 100 * float(np.mean([average_precision_score(right[:, each], scores[:, each]) for each in common]))


def interval(measure: Callable[[Scores, Right], float], scores: Scores, right: Right) -> Estimate:
    """A measure with its interval over resampled photos."""
    rng = np.random.default_rng(0)
    drawn = (rng.integers(0, len(right), len(right)) for _ in range(RESAMPLES))
    low, high = np.percentile([measure(scores[rows], right[rows]) for rows in drawn], [2.5, 97.5])
    return Estimate(measure(scores, right), float(low), float(high))


def tagged(vocabulary: Vocabulary, photos: list[Shown]) -> NDArray[np.bool_]:
    """(n, k) which tags photos get where no smallest score is given."""
    encoder, model = load_builtin(), tag_model()
    vectors = encoder.heads.encode_photos(whole(examples(photos), tell))
    reference, shares = reference_of(encoder, vectors), shares_of(vocabulary, model)
    chosen = np.zeros((len(photos), len(vocabulary.entries)), bool)
    found = zero_shot(
        vocabulary,
        entry_vectors(vocabulary, encoder),
        vectors,
        encoder.info,
        lambda name: Likelihood(Judge(reference, calibration("words"), len(name.split())), shares[name], model),
    )
    for number, each in enumerate(found):
        chosen[each.rows, number] = True
    return chosen


def main() -> None:
    """Judge, or fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fit", action="store_true", help="write the model instead of judging it")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    data = options.data.resolve()
    if options.fit:
        fit(data)
        return
    vocabulary = load_vocabulary("coco")
    photos = [photo for photo in judging_photos(data) if photo.categories]
    right, ways = right_of(vocabulary, photos), scores_of(vocabulary, photos)
    table = {
        way: {"micro": interval(micro, scores, right), "macro": interval(macro, scores, right)}
        for way, scores in ways.items()
    }
    chosen = tagged(vocabulary, photos)
    if options.json:
        plain = {way: {name: vars(each) for name, each in row.items()} for way, row in table.items()}
        print(json.dumps(plain, indent=2))
        return
    common = int((right.sum(axis=0) >= FEWEST_PHOTOS).sum())
    print(f"Tags of {len(photos)} photos by COCO's 80 categories, percent, with 95 % bootstrap intervals over photos")
    for way, row in table.items():
        print(f"{way:44} micro-mAP {row['micro']!s:16} macro-mAP of {common} categories {row['macro']}")
    print(f"as tagged: {100 * right[chosen].mean():.0f} % of tags are right, "
          f"{100 * chosen[right == 1].mean():.0f} % of what is there is tagged")  # fmt: skip


if __name__ == "__main__":
    main()
