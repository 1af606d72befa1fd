"""What every request must pass before anything looks at it: the token, and how many there may be."""

import hmac
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

__all__ = ["Guard", "Limits"]

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Limits:
    """What requests may ask for."""

    characters: int = 1000
    """Of a query."""
    top: int = 200
    """Photos of an answer."""
    a_second: float = 20.0
    """Requests, in the long run."""
    at_once: int = 40
    """Requests, after a while without any."""


class Guard:
    """An ASGI application in front of another: it passes on what has the token, as often as the limits allow.

    Args:
        app: what answers.
        token: that a request must give as `Authorization: Bearer TOKEN`.
        limits: of requests that have it; those without are refused before.
        now: seconds of a clock that only goes on.
    """

    def __init__(self, app: App, token: str, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._app, self._expected, self._limits, self._now = app, f"Bearer {token}".encode(), limits, now
        self._left, self._last = float(limits.at_once), now()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Message, receive: Receive, send: Send) -> None:
        from starlette.responses import JSONResponse

        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(given) != 1 or not hmac.compare_digest(given[0], self._expected):
            detail = "Give the token: Authorization: Bearer TOKEN."
            await JSONResponse({"detail": detail}, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)
        elif (seconds := self._wait()) > 0:
            after = {"Retry-After": str(math.ceil(seconds))}
            await JSONResponse({"detail": "Too many requests at once."}, 429, after)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _wait(self) -> float:
        """Seconds until a request may pass; 0 if this one does, which is then counted (a token bucket)."""
        now = self._now()
        self._left = min(self._limits.at_once, self._left + (now - self._last) * self._limits.a_second)
        self._last = now
        if self._left < 1:
            return (1 - self._left) / self._limits.a_second
        self._left -= 1
        return 0.0
