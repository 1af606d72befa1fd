"""The errors of the index, and the root of every error Lens shows as one line.

The root stands here, in the lowest package, so that all packages can share it; `lens.errors` draws the whole tree.
"""


class LensError(Exception):
    """Something a user can act on: says what happened, to which file, and what to do next."""


class IndexFailure(LensError):
    """Something about an index."""


class IndexNotFound(IndexFailure):
    """There is no index at the place that was named."""


class IndexDamaged(IndexFailure):
    """The index is there and cannot be read."""


class IndexTooNew(IndexFailure):
    """A newer Lens made the index."""


class IndexLocked(IndexFailure):
    """Another process is writing to the index."""


class EncoderMismatch(IndexFailure):
    """Vectors of one model would be mixed with those of another."""


class IndexNotWritable(IndexFailure):
    """The index cannot be written: no room, no permission, a file in its place."""
