"""How a search is handed to the process that `lens serve` keeps warm, where one runs.

Nothing heavy is imported: of a warm search the start of the program that asks takes the most.
"""

import getpass
import hashlib
import json
import logging
import os
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from lens import __version__
from lens.search.match import Band, Match, RegionMatch

__all__ = ["GREETING", "LONGEST", "ask", "ask_regions", "socket_of"]

M = TypeVar("M", bound=Match)

log = logging.getLogger(__name__)

GREETING = b"lens\n"
"""What a server says first, so that one that is stopped or hangs is known at once."""
GREETING_SECONDS = 1.0
SECONDS = 60
"""How long an answer may take; a first search loads the encoder."""
LONGEST = 16 * 1024 * 1024
"""Bytes of a request or an answer."""


def socket_of(index: str) -> Path:
    """Where the server of an index listens."""
    name = hashlib.sha256(f"{index}\n{__version__}".encode()).hexdigest()[:24]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    # Not among the user's data: a socket's path may have a hundred characters at the most.
    folder = Path(runtime) / "lens" if runtime else Path(tempfile.gettempdir()) / f"lens-{getpass.getuser()}"
    return folder / f"{name}.sock"


def ask(
    index: str, queries: Sequence[str | list[str]], top: int, encoder: str | None, least: Band = Band.LIKELY
) -> list[list[Match]] | None:
    """What the server of an index answers; None if none runs, so that the caller searches by itself.

    Args:
        index: as `Library.uri` has it.
        queries: as `Library.search_many` takes them; paths in them start from the present folder.
        top: how many to find.
        encoder: whose vectors; by default the index's own default.
        least: the least sure band that is wanted.

    Raises:
        LensError: what the search raised in the server.
    """
    found = _asked(index, {"queries": list(queries), "top": top, "encoder": encoder, "least": least})
    return None if found is None else [[_match(Match, **match) for match in matches] for matches in found]


def ask_regions(
    index: str, queries: Sequence[str | list[str]], top: int, encoder: str | None, *, others: bool
) -> list[list[RegionMatch]] | None:
    """The same of regions: `queries` and `others` are as `Library.search_regions` takes them."""
    request = {"queries": list(queries), "top": top, "encoder": encoder, "regions": True, "others": others}
    found = _asked(index, request)
    return None if found is None else [[_match(RegionMatch, **match) for match in matches] for matches in found]


def _asked(index: str, request: dict[str, Any]) -> list[list[dict[str, Any]]] | None:
    """The fields of the matches for each query; None if there is no server, or it cannot answer."""
    place = socket_of(index)
    if not _is_ours(place):
        return None
    try:
        request["folder"] = str(Path.cwd())
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(GREETING_SECONDS)
            connection.connect(str(place))
            with connection.makefile("rb") as stream:
                if stream.readline(len(GREETING)) != GREETING:
                    return None
                connection.settimeout(SECONDS)
                connection.sendall(json.dumps(request).encode() + b"\n")
                answer = json.loads(stream.readline(LONGEST))
    except TimeoutError:
        log.warning("The process of `lens serve` does not answer (%s): searching without it.", place)
        return None
    except (OSError, ValueError):  # nobody listens, or no longer
        return None
    if "error" in answer:
        from lens.errors import QueryError  # which has those of the index, and so all of it, behind it

        raise QueryError(answer["error"])
    found: list[list[dict[str, Any]]] | None = answer.get("matches")  # none if it cannot see what the query is about
    return found


def _match(kind: type[M], path: str, band: str, **more: Any) -> M:
    more |= {"box": tuple(more["box"])} if "box" in more else {}
    return kind(path=_path(path), band=Band(band), **more)


def _path(text: str) -> Path:
    if "://" not in text:
        return Path(text)
    from lens_indexes.remote import path_of  # which has all of the index behind it

    return path_of(text)


def _is_ours(place: Path) -> bool:
    """Whether there is a socket that nobody else can have put there."""
    try:
        folder = place.parent.lstat()
        return place.exists() and folder.st_uid == os.getuid() and not folder.st_mode & 0o077
    except (AttributeError, OSError):  # no such folder; no users as Unix has them
        return False
