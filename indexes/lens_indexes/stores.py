"""Object stores, as fsspec reads them: it and what it needs for a store are imported when that is first asked.

Requests that fail for the moment are made again by them, after a while that grows.
"""

import errno
import os
import stat
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import Any

__all__ = ["INSTALLED_BY", "mtime_ns_of", "status_of", "store_of", "told_as_os_error"]

INSTALLED_BY = {"s3": "pip install 'lens-photos[s3]'", "gs": "pip install gcsfs", "az": "pip install adlfs"}
"""What each scheme needs."""
CONNECT_SECONDS, READ_SECONDS = 5, 60
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")  # as the stores call it
_NS = 1_000_000_000


@cache
def store_of(scheme: str, process: int) -> Any:
    """What asks the stores of a scheme, in this process alone: it is not shared with one that was forked from it.

    Raises:
        ImportError: a package is missing.
    """
    import fsspec

    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if scheme == "s3":
        options["max_concurrency"] = 1  # an object in one request
        options["config_kwargs"] = {"connect_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS}
        options["anon"] = os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in {"1", "true"}
        if region := os.environ.get("AWS_REGION"):
            options["client_kwargs"] = {"region_name": region}
    return fsspec.filesystem(scheme, **options)


def mtime_ns_of(info: Mapping[str, Any]) -> int:
    """When an object was last written, in nanoseconds; their fraction of a second stands for its entity tag.

    So what was written twice in a second differs, and a store that tells of fractions only in listings agrees with
    itself.
    """
    told = next((info[name] for name in _TIMES if info.get(name)), 0)
    if isinstance(told, str):
        told = datetime.fromisoformat(told)
    seconds = told.timestamp() if isinstance(told, datetime) else float(told)
    if not (tag := info.get("ETag") or info.get("etag")):
        return int(seconds * _NS)
    digest = blake2b(str(tag).strip('"').encode(), digest_size=8).digest()
    return int(seconds) * _NS + int.from_bytes(digest, "big") % _NS


def status_of(size: int, mtime_ns: int) -> os.stat_result:
    """The status of an object, as the system tells that of a file."""
    seconds = mtime_ns // _NS
    exactly = {"st_mtime_ns": mtime_ns, "st_mtime": mtime_ns / _NS}
    return os.stat_result((stat.S_IFREG | 0o444, 0, 0, 1, 0, 0, size, seconds, seconds, seconds), exactly)


def told_as_os_error(error: Exception) -> OSError:
    """An error of a store in its own words: only of an object that it says it has not, `FileNotFoundError`."""
    told = str(getattr(error, "strerror", None) or error).strip() or type(error).__name__
    told = told.partition("\n")[0][:160]
    if isinstance(error, PermissionError):
        return PermissionError(errno.EACCES, told)
    answer = getattr(error.__cause__, "response", None)
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    # That a bucket is not there, or that what answers is no store at all, says nothing of the objects.
    if isinstance(error, FileNotFoundError) and code in {None, "NoSuchKey"}:
        return FileNotFoundError(errno.ENOENT, told)
    return OSError(errno.EIO, told)
