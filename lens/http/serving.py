"""The process that answers over HTTP."""

import os
import secrets
import socket
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lens.http.guard import Guard, Limits
from lens.serving import ServingError

if TYPE_CHECKING:
    from lens.library import Library

__all__ = ["TOKEN_VARIABLE", "serve_http"]

TOKEN_VARIABLE = "LENS_HTTP_TOKEN"
SHORTEST_TOKEN = 16
CONNECTIONS = 64
LONGEST_REQUEST = 16 * 1024  # bytes of what stands before the body; a body is never read
SECONDS_TO_END = 5


def serve_http(
    library: "Library", host: str, port: int, on_ready: Callable[[str, str | None], None], limits: Limits | None = None
) -> None:
    """Answer over HTTP until the process is interrupted.

    Args:
        library: whose index is searched.
        host: the address to listen at; only with `127.0.0.1` or `::1` is it this machine alone that can ask.
        port: 0 for any that is free.
        on_ready: told the URL, and the token if it was made here rather than taken from `LENS_HTTP_TOKEN`.
        limits: of requests.

    Raises:
        ServingError: a package is missing, the token is short, or there can be no server at this address.
        IndexFailure: there is no index, or it cannot be read.
    """
    if find_spec("fastapi") is None or find_spec("uvicorn") is None:
        raise ServingError("lens serve --http needs packages that are not here: pip install 'lens-photos[http]'")
    import uvicorn

    from lens.http.api import application

    given = os.environ.get(TOKEN_VARIABLE)
    if given is not None and len(given) < SHORTEST_TOKEN:
        raise ServingError(f"{TOKEN_VARIABLE} must have {SHORTEST_TOKEN} characters or more; without it one is made.")
    token = given or secrets.token_urlsafe(32)
    limits = limits or Limits()
    library.stays_warm = True
    library.status()
    library.warm()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise ServingError(f"A server cannot listen at {host}, port {port}: {error.strerror or error}.") from None
    config = uvicorn.Config(
        Guard(application(library, limits), token, limits),
        access_log=False,  # it would hold what was sought
        log_level="warning",
        server_header=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=LONGEST_REQUEST,
        http="h11",
        ws="none",
        timeout_graceful_shutdown=SECONDS_TO_END,
    )
    with listening:
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        on_ready(f"http://{shown}:{listening.getsockname()[1]}", None if given else token)
        uvicorn.Server(config).run(sockets=[listening])
