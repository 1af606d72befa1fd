"""Searches of one index for programs on other machines, over HTTP; nothing of it can change anything."""

from lens.http.guard import Limits
from lens.http.serving import serve_http

__all__ = ["Limits", "serve_http"]
