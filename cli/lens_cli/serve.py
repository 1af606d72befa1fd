"""`lens serve`: keep a search warm."""

from pathlib import Path
from typing import Annotated

import typer

from lens_cli.console import DeviceOption, IndexOption, PrecisionOption, say


def serve(
    index: IndexOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    http: Annotated[bool, typer.Option("--http", help="Answer over HTTP, read-only; docs/HTTP.md.")] = False,
    host: Annotated[str, typer.Option("--host", metavar="ADDRESS", help="With --http, where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, metavar="N", help="With --http; 0: any.")] = 8750,
) -> None:
    """Stay in memory and answer `lens search` at once, until interrupted.

    Only programs of the same user on this machine can ask; with --http whoever has the token.
    """
    from lens import Library

    library = Library.open(index, device=device, precision=precision)
    if http:
        from lens.http import serve_http

        serve_http(library, host, port, http_ready)
        return
    from lens.serving import serve

    def ready(place: Path) -> None:
        say(f"Ready: `lens search` uses this process from now on ({place}). Stop it with Ctrl-C.")

    serve(library, ready)


def http_ready(url: str, token: str | None) -> None:
    """Tell where and with what to ask."""
    if token:
        say(f"Token, for this run alone: {token}\nSet LENS_HTTP_TOKEN to choose one.")
    say(f"Ready: {url} (what can be asked: {url}/openapi.json). Stop it with Ctrl-C.")
