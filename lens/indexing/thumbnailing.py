"""Thumbnails of the photos that an index run reads anyway; a run never fails for them."""

import logging
import threading

from PIL import Image

from lens.errors import ThumbnailError
from lens.photos.thumbnails import Thumbnails

log = logging.getLogger(__name__)

MAX_BYTES = 2_000_000_000  # of all thumbnails, some 150,000 of them


class RunThumbnails:
    """Keeps thumbnails while a run reads; once the store fails, this run has none any more."""

    def __init__(self, store: Thumbnails) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._failed = False
        self._wrote = False
        self.min_side = store.side // 2
        """Pixels of the shorter side to read a photo for; twice that are kept, see `read_photo`."""

    def put(self, content_hash: str, image: Image.Image) -> None:
        """Keep the thumbnail of an upright RGB image; threads may do so at once."""
        if self._failed:
            return
        try:
            if self._store.put(content_hash, image):
                self._wrote = True
        except ThumbnailError as error:
            self._fail(error)

    def bound(self) -> None:
        """Remove those not used for longest if this run wrote any and all of them are too much."""
        if not self._wrote:
            return
        try:
            self._store.prune(max_bytes=MAX_BYTES)
        except ThumbnailError as error:
            self._fail(error)

    def _fail(self, error: ThumbnailError) -> None:
        with self._lock:
            told, self._failed = self._failed, True
        if not told:
            log.warning("%s. This run goes on without thumbnails.", error)
