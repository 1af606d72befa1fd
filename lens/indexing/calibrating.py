"""Finding the fastest backend for an encoder before a long run."""

import logging
from collections.abc import Sequence

from lens.errors import PhotoError
from lens.indexing.ledger import Ledger, State, Work
from lens.models.backends import calibrate, can_be_calibrated
from lens.models.encoders.base import ImageEncoder, Prepared
from lens.photos.decode import read_photo

__all__ = ["WORTH_IT", "calibrate_for"]

log = logging.getLogger(__name__)

WORTH_IT = 2000
"""Photos to encode from which on a minute of trying is soon won back."""
SAMPLE = 64
ENOUGH = 32


def calibrate_for(encoders: Sequence[ImageEncoder], ledger: Ledger) -> None:
    """Let each encoder that leaves the choice open run as fast as this machine can; once, for a long run."""
    if ledger.count(State.WORK) < WORTH_IT:
        return
    for encoder in encoders:
        if not can_be_calibrated(encoder):
            continue
        name = encoder.info.name
        log.info("%s: finding out what runs it fastest here, once; takes a minute", name)
        sample = _prepared(encoder, ledger.sample(SAMPLE))
        if len(sample) < ENOUGH:
            continue
        best = calibrate(encoder, sample)
        log.info(
            "%s runs with %s: %.0f photos/s, against %.0f in float32 (least cosine %.4f)",
            name, best.backend, best.photos_per_second, best.reference_per_second, best.cosine,
        )  # fmt: skip


def _prepared(encoder: ImageEncoder, work: Sequence[Work]) -> list[Prepared]:
    """Photos from all over the work, as the encoder takes them; what cannot be read is left to the run."""
    prepared = []
    for item in work:
        try:
            prepared.append(encoder.prepare(read_photo(item.found.path, min_side=encoder.info.min_side).image))
        except PhotoError:
            continue
    return prepared
