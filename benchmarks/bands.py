"""Fit the relevance bands on training photos, or judge them on validation photos.

    python benchmarks/bands.py --data ../shared/data [--fit]

Fitting never looks at a validation photo (`collecting.py`). The queries of the rehearsal, which decide where *likely*
begins, were written with the fifty pairs of queries of `there_or_not.json` known: none is about what one of the absent
is about, but COCO's categories are in both. The model was designed on the rehearsal, and judged once.
"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from collecting import (
    EVERYDAY_PHOTOS,
    REHEARSED,
    Hits,
    everyday_texts,
    example_pools,
    rehearsed_hits,
    training_hits,
    word_pools,
)
from numpy.typing import NDArray
from relevance import training_photos

from lens.models.encoders.builtin import load_builtin
from lens.search.background import EVERYDAY_FILE
from lens.search.bands import CALIBRATION_FILE, Logistic, probability
from lens.search.evidence import FEATURES, PRESENCE

WEIGHTS = {"seldom": 1.0, "often": 1.0, "few": 0.3, "rare": 0.3, "there": 0.6, "absent": 0.4}
"""How much the queries of the rehearsal, and all others, count for whether something is there."""
CONFIDENT = 0.8
"""Share of right hits among those that are at least as probable as the least confident one."""
WORTH = 0.01
"""Share of the queries with right hits that may lose all of them because each of them is too improbable by itself."""
HALF = 0.5
"""Share of right hits among those above *rest*, for examples at least."""
FOLDS = 5


@dataclass
class Fitted:
    """A logistic model, and what it says of queries that it was not fitted on."""

    model: Logistic
    logits: NDArray[np.float64]


def fitted(
    seen: NDArray[np.float64], right: NDArray[np.int8], groups: NDArray[np.int64], weights: NDArray[np.float64]
) -> Fitted:
    """Fit evidence (n, d) by cross-validation over groups, and all of it."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    mean, deviation = seen.mean(axis=0), seen.std(axis=0)
    inputs = (seen - mean) / np.where(deviation > 0, deviation, 1)

    def trained(rows: NDArray[np.int64]) -> Logistic:
        model = LogisticRegression(max_iter=2000).fit(inputs[rows], right[rows], weights[rows])
        slopes = model.coef_[0] / np.where(deviation > 0, deviation, 1)
        return Logistic(round(float(model.intercept_[0] - mean @ slopes), 5), slopes.round(5))

    logits = np.zeros(len(seen))
    for rest, tested in GroupKFold(FOLDS).split(inputs, right, groups):
        logits[tested] = trained(rest).logits(seen[tested])
    return Fitted(trained(np.arange(len(seen))), logits)


def fit(hits: Hits, rehearsed: Hits | None = None) -> dict[str, object]:
    """A calibration as its file holds it; without a rehearsal the hits decide where the bands begin."""
    asked = hits + rehearsed if rehearsed else hits
    weights = query_weights(asked) if rehearsed else np.ones(len(asked.texts))
    texts = np.unique(asked.texts, return_inverse=True)[1]
    presence = fitted(np.stack(asked.presence), np.array(asked.there, np.int8), texts, weights)
    owners = np.repeat(np.arange(len(asked.right)), [len(each) for each in asked.right])
    seen = np.column_stack([np.concatenate(asked.evidence), presence.logits[owners]])
    right = np.concatenate(asked.right)
    hit = fitted(seen, right, texts[owners], weights[owners])
    answers = Answers(asked, probability(presence.logits), probability(hit.logits), right, owners)
    report_calibration(answers)
    likely = answers.worth(WORTH) if rehearsed else answers.above(HALF)
    if rehearsed:
        report(answers, likely)
    return {
        "presence": held(presence.model, PRESENCE),
        "hit": held(hit.model, (*FEATURES, "presence")),
        "there": answers.even(likely) if rehearsed else 0.0,
        "confident": answers.above(CONFIDENT),
        "likely": likely,
    }


def query_weights(hits: Hits) -> NDArray[np.float64]:
    """(q,) how much each query counts, 1 on average."""
    named = kinds(hits)
    counts = Counter(named)
    weights = np.array([WEIGHTS[name] / counts[name] for name in named])
    return weights / weights.mean()


def kinds(hits: Hits) -> list[str]:
    """What each query counts as."""
    return [
        kind if kind in WEIGHTS else "there" if there else "absent"
        for kind, there in zip(hits.kinds, hits.there, strict=True)
    ]


def held(model: Logistic, features: tuple[str, ...]) -> dict[str, object]:
    """A model as the file holds it."""
    return {"bias": model.bias, "weights": dict(zip(features, model.weights.tolist(), strict=True))}


@dataclass
class Answers:
    """Queries, how probable it is that what they ask for is there, and their hits."""

    hits: Hits
    there: NDArray[np.float64]  # (q,)
    chances: NDArray[np.float64]  # (k,)
    right: NDArray[np.int8]  # (k,)
    owners: NDArray[np.int64]  # (k,)

    def worth(self, share: float) -> float:
        """How probable a hit must be to be worth a look: the most by which no larger a share of the queries for what
        often is there loses all right hits."""
        chances, owners = self.chances[self.right == 1], self.owners[self.right == 1]
        best = np.zeros(len(self.there))
        np.maximum.at(best, owners, chances)
        often = np.array(self.hits.kinds) == "often"
        return float(np.floor(np.quantile(best[often & (best > 0)], share) * 200) / 200)

    def even(self, likely: float) -> float:
        """How probable it must be so that a search errs as often in either way: of the queries for what is seldom
        there no smaller a share has an answer than of those for what often is has no right one."""
        grid = np.arange(0.05, 0.97, 0.01).round(2)
        return float(
            next(
                each
                for each in grid[::-1]
                if self.answered("seldom", each, likely)[0] >= 1 - self.answered("often", each, likely)[1]
            )
        )

    def above(self, share: float) -> float:
        """How probable a hit must be so that of those as probable, in collections of all kinds, a share is right."""
        counted = ~np.isin(self.hits.kinds, REHEARSED)[self.owners]
        chances, right = self.chances[counted], self.right[counted]
        grid = np.arange(0.03, 0.97, 0.01).round(2)
        return float(next((each for each in grid if right[chances >= each].mean() >= share), 0.95))

    def answered(self, kind: str, limit: float, likely: float) -> tuple[float, float]:
        """Shares of the queries of a kind that have an answer, and that have a right one."""
        shown = (self.there[self.owners] >= limit) & (self.chances >= likely)
        some, good = (
            np.bincount(self.owners[each], minlength=len(self.there)) > 0 for each in (shown, shown & (self.right == 1))
        )
        chosen = np.array(self.hits.kinds) == kind
        return float(some[chosen].mean()), float(good[chosen].mean())


def report(answers: Answers, likely: float) -> None:
    """The operating curve of the rehearsal."""
    print("rehearsal:", {kind: answers.hits.kinds.count(kind) for kind in REHEARSED})
    for limit in (*np.arange(0.3, 0.85, 0.05).round(2).tolist(), answers.even(likely)):
        absent = answers.answered("seldom", limit, likely)[0]
        lost = (f"{1 - answers.answered(kind, limit, likely)[1]:.3f} of {kind}" for kind in REHEARSED[1:])
        print(f"  there from {limit:.2f}: {absent:.3f} absent answered, lost", *lost)


def calibration_error(chances: NDArray[np.float64], right: NDArray[np.int8], bins: int = 10) -> float:
    """Expected calibration error (Guo et al., arXiv:1706.04599) over bins of equal width."""
    place = np.minimum((chances * bins).astype(int), bins - 1)
    return float(sum(abs((chances - right)[place == each].sum()) for each in range(bins)) / len(right))


def report_calibration(answers: Answers) -> None:
    """Of each kind of query, and of all but the rehearsal's, whose wrong photos may only be untold."""
    named, chances, right = np.array(answers.hits.kinds)[answers.owners], answers.chances, answers.right
    told = ~np.isin(named, REHEARSED)
    print(
        f"cross-validated: {told.sum():,} hits, calibration error {calibration_error(chances[told], right[told]):.3f}"
    )
    for kind in np.unique(named):
        inside = named == kind
        error = calibration_error(chances[inside], right[inside])
        print(f"  {kind:24} {error:.3f}  said {chances[inside].mean():.2f}  right {right[inside].mean():.2f}")


def main() -> None:
    """Fit, or judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--fit", action="store_true", help="write the calibration instead of judging it")
    options = parser.parse_args()
    data = options.data.resolve()
    if not options.fit:
        from judging import judge

        judge(data)
        return
    texts = everyday_texts([photo for photo in training_photos(data) if photo.captions], EVERYDAY_PHOTOS)
    EVERYDAY_FILE.write_text("\n".join(texts) + "\n", encoding="utf-8")
    words, examples = list(word_pools(data)), list(example_pools(data))
    calibration = {
        "about": "Fitted by benchmarks/bands.py on training photos, with heads that had not seen them.",
        "encoder": f"builtin {load_builtin().info.revision}",
        "words": fit(training_hits(words), rehearsed_hits(words)),
        "examples": fit(training_hits(examples)),
    }
    CALIBRATION_FILE.write_text(json.dumps(calibration, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
