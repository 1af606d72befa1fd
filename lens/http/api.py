"""What can be asked over HTTP: searches, photos like one of the index, what the index holds, thumbnails.

No request opens a photo, or any file that it names: a query names what is in the index, and a thumbnail is one that the
cache has.
"""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from lens.config import thumbnail_folder
from lens.errors import IndexFailure, LensError, QueryError
from lens.http.guard import Limits
from lens.photos.thumbnails import Thumbnails
from lens.search.afar import from_afar
from lens.search.match import Band, Match
from lens.status import Status

if TYPE_CHECKING:
    from fastapi import FastAPI

    from lens.library import Library

__all__ = ["application"]


@dataclass(frozen=True)
class Wrong:
    """Why there is no answer."""

    detail: str


@dataclass(frozen=True)
class Found:
    """The photos that answer a query, the surest first."""

    matches: list[Match]


REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Wrong, "description": "The query cannot be understood."},
    401: {"model": Wrong, "description": "The token is missing or wrong."},
    429: {"model": Wrong, "description": "Too many requests at once; Retry-After says when to come back."},
    503: {"model": Wrong, "description": "The index cannot be read now."},
}
MISSING: dict[int | str, dict[str, Any]] = {
    404: {"model": Wrong, "description": "There is no such photo or thumbnail."}
}


def application(library: "Library", limits: Limits) -> "FastAPI":
    """The routes, which answer whoever asks: `Guard` has to stand before them.

    Args:
        library: whose index is searched.
        limits: of a query.
    """
    from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request
    from fastapi.responses import FileResponse, JSONResponse
    from fastapi.security import HTTPBearer

    import lens

    one_at_a_time = threading.Lock()  # searches use all processors as it is
    app = FastAPI(
        title="Lens",
        version=lens.__version__,
        description="Searches of a photo collection. All is read-only.",
        docs_url=None,  # a page that loads scripts from elsewhere
        redoc_url=None,
        responses=REFUSALS,
        dependencies=[Depends(HTTPBearer(auto_error=False, description="The token of `lens serve --http`."))],
    )
    id_ = Path(pattern="^[0-9a-f]{32}$", description="Of a photo, as a match has it.")
    most = Query(ge=1, le=limits.top, description="How many photos at the most.")
    surest = Query(description="The least sure band that is wanted.")
    wanted = Query(min_length=1, max_length=limits.characters, description="In the query language, without files.")

    def answer(query: str, top: int, least: Band) -> Found:
        with one_at_a_time, from_afar():
            return Found(library.search(query, top, least=least))

    @app.exception_handler(LensError)
    def refuse(_: Request, error: LensError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 503 if isinstance(error, IndexFailure) else 400)

    @app.get("/search")
    def search(
        q: Annotated[str, wanted], top: Annotated[int, most] = 20, least: Annotated[Band, surest] = Band.LIKELY
    ) -> Found:
        """The photos that answer a query."""
        return answer(q, top, least)

    @app.get("/similar/{id}", responses=MISSING)
    def similar(
        id: Annotated[str, id_],  # noqa: A002 - what the path calls it
        top: Annotated[int, most] = 20,
        least: Annotated[Band, surest] = Band.LIKELY,
    ) -> Found:
        """The photos that look most like one of the index, itself left out."""
        known(id)
        return answer(f"similar:{id}", top, least)

    @app.get("/status")
    def status() -> Status:
        """What the index holds."""
        with one_at_a_time:
            return library.status()

    @app.get("/thumbnails/{id}", responses=MISSING, response_class=FileResponse)
    def thumbnail(id: Annotated[str, id_]) -> FileResponse:  # noqa: A002 - likewise
        """A small picture of a photo, as the run kept it that read the photo on this machine."""
        file = Thumbnails(thumbnail_folder()).path(known(id))
        if file is None:
            raise HTTPException(404, "No thumbnail of this photo is kept on the machine that serves.")
        return FileResponse(file, media_type="image/jpeg")

    def known(photo: str) -> str:
        """The content hash of a photo of the index."""
        try:
            with one_at_a_time:
                return library.about(photo).photo.content_hash
        except QueryError as error:
            raise HTTPException(404, str(error)) from None

    return app
