"""LanceDB's failures in the user's words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from lens_indexes.errors import IndexDamaged, IndexFailure, IndexNotWritable


@contextmanager
def told_clearly(uri: str) -> Iterator[None]:
    """Turn what LanceDB raises into one line that says what happened to which index and what to do.

    LanceDB has one exception class for everything that its Rust core reports, so the text decides.
    """
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        # A store that is not known, or gives no key, is a ValueError; one that does not answer is called generic.
        if "://" in uri and (isinstance(error, ValueError) or "Generic" in str(error)):
            raise IndexFailure(
                f"The index {uri} cannot be reached ({_gist(error)}): check its name, the network and the keys."
            ) from error
        if isinstance(error, ValueError):
            raise
        raise _in_words(uri, error) from error


def _in_words(uri: str, error: Exception) -> IndexFailure:
    text = str(error)
    if "No space left" in text or "os error 28" in text or "Disk quota" in text:
        return IndexNotWritable(
            f"No room left on the disk of the index {uri}. What was committed before is safe: make room and run again."
        )
    if "Input/output error" in text or "os error 5)" in text:
        return IndexNotWritable(
            f"The disk of the index {uri} reports an error (input/output error). What was committed before is safe: "
            "check the disk and its cable, and run again."
        )
    if "File too large" in text or "os error 27" in text:
        return IndexNotWritable(f"The system refuses a file of the index {uri}: it is larger than a file may be here.")
    if "Permission denied" in text or "Read-only file system" in text or isinstance(error, PermissionError):
        return IndexNotWritable(f"The index {uri} may not be written (or read) by this user: check its permissions.")
    if isinstance(error, FileExistsError | NotADirectoryError):
        return IndexNotWritable(f"{uri} is a file, not a folder: name another place with --index.")
    return IndexDamaged(
        f"The index {uri} is damaged ({_gist(error)}). Your photos are untouched: restore it from a backup, "
        "or move it away and index again."
    )


def _gist(error: Exception) -> str:
    """The first line of an error, without where in LanceDB's own source it arose."""
    text = str(error)
    if told := re.search(r"<Code>(\w+)</Code>\s*<Message>([^<]*)", text):  # what S3 and those like it answer
        return f"{told[1]}: {told[2]}"
    if "HttpError { kind: Connect" in text:
        return "the store does not answer"
    first = text.partition("\n")[0] or type(error).__name__
    return re.sub(r",? /\S+\.rs\S*", "", first)[:160]
