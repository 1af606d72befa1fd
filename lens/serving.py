"""A process that stays warm and answers searches: encoder loaded, vectors mapped. The program asks it where one runs.

It greets whoever connects. A request and its answer are a line of JSON each, on a Unix domain socket in a folder that
only the user may enter.
"""

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lens.asking import GREETING, LONGEST, socket_of
from lens.errors import LensError
from lens.search.anchoring import anchored
from lens.search.match import Band, Match

if TYPE_CHECKING:
    from lens.library import Library

__all__ = ["serve"]


class ServingError(LensError):
    """A server cannot be started."""


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
            with contextlib.suppress(ConnectionError):  # whoever asked has gone
                self.wfile.write(GREETING)
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
        try:
            with contextlib.chdir(request["folder"]):  # of the process, which answers one at a time
                queries = [anchored(query) for query in request["queries"]]
        except OSError:  # the folder is gone, or the one that this process was started in
            return {}
        found = _found(library, queries, request)
    except LensError as error:
        return {"error": str(error)}
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"The request cannot be understood ({error})."}
    return {"matches": [[vars(match) | {"path": str(match.path)} for match in matches] for matches in found]}


def _found(library: "Library", queries: list[str], request: dict[str, Any]) -> Sequence[Sequence[Match]]:
    top, encoder = int(request["top"]), request["encoder"]
    if request.get("regions"):
        others = bool(request["others"])
        return [library.search_regions(query, top, encoder, others=others) for query in queries]
    return library.search_many(queries, top=top, encoder=encoder, least=Band(request["least"]))


def _listening(place: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(place))
        except OSError:
            return False
    return True
