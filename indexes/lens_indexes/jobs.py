"""What the workers of a Ray cluster do to the table of photos as a whole, when they are asked to by its one writer."""

from __future__ import annotations

from lens_indexes.approximate import BITS, ROUNDS, TRAINED_ON, has_codes, lists_for
from lens_indexes.failures import told_clearly
from lens_indexes.fragments import place_of
from lens_indexes.schema import EncoderColumn

__all__ = ["build_by_workers", "join_by_workers"]


def join_by_workers(uri: str, workers: int) -> None:
    """Join the small files of the table, each group of them by one of so many workers, in one commit.

    Raises:
        IndexFailure: it cannot be written.
    """
    from lance_ray import compact_files

    with told_clearly(uri):
        compact_files(place_of(uri), num_workers=workers)


def build_by_workers(uri: str, encoder: EncoderColumn, vectors: int, workers: int) -> None:
    """Sort all vectors of an encoder into lists; the workers share the files of the table.

    Args:
        uri: of the index.
        encoder: whose vectors.
        vectors: how many there are.
        workers: at the most.

    Raises:
        IndexFailure: it cannot be written.
    """
    from lance_ray import create_index

    kind = {"index_type": "IVF_RQ", "num_bits": BITS} if has_codes(encoder) else {"index_type": "IVF_FLAT"}
    lists = {"num_partitions": lists_for(vectors), "sample_rate": TRAINED_ON, "max_iters": ROUNDS}
    with told_clearly(uri):
        create_index(place_of(uri), column=encoder.column, metric="dot", num_workers=workers, **lists, **kind)
