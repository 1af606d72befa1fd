"""The oracle against the plainest possible version of itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lens_indexes import exact, top_k


def naive(queries, vectors, k):
    """Sort every score of every query, ties by row."""
    answers = []
    for query in queries:
        scores = sorted(((-float(np.dot(query, vector)), row) for row, vector in enumerate(vectors)))
        answers.append([row for _, row in scores[:k]])
    return answers


@given(
    n=st.integers(0, 40), q=st.integers(1, 3), k=st.integers(1, 50), block=st.integers(1, 7), seed=st.integers(0, 9999)
)
def test_finds_what_sorting_everything_finds(n, q, k, block, seed):
    random = np.random.default_rng(seed)
    # Small whole numbers: many exact ties, and sums that no order of addition changes.
    vectors = random.integers(-2, 3, (n, 4)).astype(np.float32)
    queries = random.integers(-2, 3, (q, 4)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "ROWS_AT_ONCE", block)
        rows, scores = top_k(queries, vectors, k)
    assert rows.tolist() == naive(queries, vectors, k)
    assert scores.shape == rows.shape == (q, min(n, k))
    for line, found in enumerate(rows):
        np.testing.assert_array_equal(scores[line], vectors[found] @ queries[line])
