"""The shape of a JSON file, looked at before it is parsed: how deep it nests, and how long one entry of its lists is.

ijson streams what is in a list, but builds each entry in memory, and a name for each place that grows with its depth:
a file of brackets would take all the memory there is.
"""

import re
from pathlib import Path

import numpy as np

from lens.export.found import Spot, refuse

__all__ = ["check_shape"]

DEEPEST = 32
LONGEST = 64_000_000  # bytes of one entry
ENTRIES = 2  # the depth of the lists whose entries are meant
CHUNK = 1 << 20
_ESCAPED = re.compile(rb"\\.", re.DOTALL)


def check_shape(path: Path) -> None:
    """Make sure that a file can be streamed.

    Raises:
        ImportRefused: it nests too deep, or one entry is too long.
        OSError: it cannot be read.
    """
    depth, quoted, since, done = 0, 0, 0, 0
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            text = _ESCAPED.sub(b"xx", rest + chunk)  # what is behind a backslash neither begins nor ends a string
            rest = b"\\" if text.endswith(b"\\") else b""
            codes = np.frombuffer(text.removesuffix(rest) if rest else text, np.uint8)
            inside = (quoted + np.cumsum(codes == ord('"'))) % 2
            opening = (codes == ord("[")) | (codes == ord("{"))
            closing = (codes == ord("]")) | (codes == ord("}"))
            steps = (opening.astype(np.int64) - closing) * (inside == 0)
            depths = depth + np.cumsum(steps)
            if depths.max(initial=0) > DEEPEST:
                at = done + int(np.argmax(depths > DEEPEST))
                raise refuse(Spot(path, f"byte {at:,}"), f"it nests deeper than {DEEPEST} levels")
            between = done + np.flatnonzero((depths <= ENTRIES) & (inside == 0))
            gaps = np.diff(between, prepend=since, append=done + len(codes))
            if gaps.max(initial=0) > LONGEST:
                raise refuse(Spot(path, f"byte {since:,}"), f"one entry is longer than {LONGEST // 1_000_000} MB")
            since = int(between[-1]) if len(between) else since
            if len(codes):
                depth, quoted = int(depths[-1]), int(inside[-1])
            done += len(codes)
