"""A process that stays warm and answers searches: encoder loaded, vectors mapped. The program asks it where one runs.

A request and its answer are a line of JSON each, on a Unix domain socket in a folder that only the user may enter.
"""

import getpass
import hashlib
import json
import os
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens import __version__
from lens.errors import LensError, QueryError
from lens.search.match import Band, Match

if TYPE_CHECKING:
    from lens.library import Library

__all__ = ["ask", "serve", "socket_of"]

SECONDS = 60
"""How long an answer may take; a first search loads the encoder."""
LONGEST = 16 * 1024 * 1024
"""Bytes of a request or an answer."""


class ServingError(LensError):
    """A server cannot be started."""


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
        queries: as `Library.search_many` takes them; paths of photos absolute, since the server is elsewhere.
        top: how many to find.
        encoder: whose vectors; by default the index's own default.
        least: the least sure band that is wanted.

    Raises:
        LensError: what the search raised in the server.
    """
    if not _is_ours(socket_of(index)):
        return None
    request = {"queries": list(queries), "top": top, "encoder": encoder, "least": least}
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(SECONDS)
            connection.connect(str(socket_of(index)))
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer = json.loads(stream.readline(LONGEST))
    except (OSError, ValueError):  # nobody listens, or no longer
        return None
    if "error" in answer:
        raise QueryError(answer["error"])
    return [[_match(**match) for match in matches] for matches in answer["matches"]]


def serve(library: "Library", on_ready: Callable[[Path], None]) -> None:
    """Answer searches until the process is interrupted; tells where when it is ready.

    Raises:
        ServingError: another server of this index runs, or there can be no Unix domain socket here.
    """
    if not hasattr(socketserver, "ThreadingUnixStreamServer"):
        raise ServingError("lens serve needs Unix domain sockets, which this system does not have.")
    place = socket_of(library.uri)
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.parent.chmod(0o700)  # fails if it is somebody else's
        if _listening(place):
            raise ServingError(f"A server of {library.uri} is running already.")
        place.unlink(missing_ok=True)  # of one that was killed
    except OSError as error:
        raise _not_there(place, error) from None
    library.stays_warm = True
    library.search("warm")
    one_at_a_time = threading.Lock()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline(LONGEST)
            if line:
                with one_at_a_time:
                    answer = _answer(library, line)
                self.wfile.write(json.dumps(answer).encode() + b"\n")

    try:
        listening = socketserver.ThreadingUnixStreamServer(str(place), Handler)
    except OSError as error:  # a path of more than a hundred characters, no room
        raise _not_there(place, error) from None
    with listening as server:
        place.chmod(0o600)
        server.daemon_threads = True
        on_ready(place)
        try:
            server.serve_forever()
        finally:
            place.unlink(missing_ok=True)


def _not_there(place: Path, error: OSError) -> ServingError:
    reason = error.strerror or str(error)
    return ServingError(f"A server cannot listen at {place} ({reason}); XDG_RUNTIME_DIR names the folder to do it in.")


def _answer(library: "Library", line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        least = Band(request["least"])
        found = library.search_many(
            request["queries"], top=int(request["top"]), encoder=request["encoder"], least=least
        )
    except LensError as error:
        return {"error": str(error)}
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"The request cannot be understood ({error})."}
    return {"matches": [[vars(match) | {"path": str(match.path)} for match in matches] for matches in found]}


def _match(path: str, band: str, **more: Any) -> Match:
    return Match(path=Path(path), band=Band(band), **more)


def _is_ours(place: Path) -> bool:
    """Whether there is a socket that nobody else can have put there."""
    try:
        folder = place.parent.stat()
        return place.exists() and folder.st_uid == os.getuid() and not folder.st_mode & 0o077
    except (AttributeError, OSError):  # no such folder; no users as Unix has them
        return False


def _listening(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(place))
        except OSError:
            return False
    return True
