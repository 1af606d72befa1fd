"""Small pictures of photos for tiles: read and decoded in threads, kept within a bound."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter

from lens.config import thumbnail_folder
from lens.errors import PhotoError, ThumbnailError
from lens.photos import read_photo
from lens.photos.thumbnails import Thumbnails
from lens_gui.tasks import Tasks

__all__ = ["Pictures", "as_qimage", "whole"]

MOST_BYTES = 256_000_000
MOST_WAITING = 400
"""Pictures asked for and not begun; those asked for longest ago are forgotten, since the view has gone past them."""
AT_ONCE = 2
STRIP = 2_000_000  # bytes of a photo that Qt is handed at once


class Pictures(QObject):
    """Pictures by the content of their photos; `ready` says which has come."""

    ready = Signal(str)  # content hash

    def __init__(self, tasks: Tasks, parent: QObject | None = None, *, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(parent)
        self._tasks, self._most = tasks, most_bytes
        self._store = Thumbnails(thumbnail_folder())
        self._kept: OrderedDict[str, QImage] = OrderedDict()  # least recently used first; null where there is none
        self._waiting: OrderedDict[str, Path] = OrderedDict()  # the last one asked for is last
        self._running: set[str] = set()
        self.bytes = 0

    def get(self, path: Path, content_hash: str) -> QImage | None:
        """The picture if it is there, a null one if it is known that there is none; otherwise it is sought."""
        if (found := self._kept.get(content_hash)) is not None:
            self._kept.move_to_end(content_hash)
            return found
        if content_hash not in self._running:
            self._waiting[content_hash] = path
            self._waiting.move_to_end(content_hash)
            if len(self._waiting) > MOST_WAITING:
                self._waiting.popitem(last=False)
            self._begin()
        return None

    def _begin(self) -> None:
        while self._waiting and len(self._running) < AT_ONCE:
            content_hash, path = self._waiting.popitem()
            over: Callable[[object], None] = partial(self._over, content_hash)
            self._running.add(content_hash)
            self._tasks.run(partial(_read, self._store, path, content_hash), over, over)

    def _over(self, content_hash: str, result: object) -> None:
        self._running.discard(content_hash)
        picture = result if isinstance(result, QImage) else QImage()
        self._kept[content_hash] = picture
        self.bytes += picture.sizeInBytes()
        while self.bytes > self._most and len(self._kept) > 1:
            self.bytes -= self._kept.popitem(last=False)[1].sizeInBytes()
        self._begin()
        self.ready.emit(content_hash)


def _read(store: Thumbnails, path: Path, content_hash: str) -> QImage:
    """A thumbnail from the store, or from the photo itself, which is kept then; null if the photo cannot be read."""
    kept = store.path(content_hash)
    if kept is not None:
        picture = QImageReader(str(kept)).read()
        if not picture.isNull():
            return picture
    try:
        photo = read_photo(path, min_side=store.side // 2)
    except PhotoError:
        return QImage()
    if photo.content_hash == content_hash:
        with suppress(ThumbnailError):  # the picture is shown all the same
            store.put(content_hash, photo.image)
    size = QSize(store.side, store.side)
    return as_qimage(photo.image).scaled(
        size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def whole(path: Path) -> QImage:
    """All pixels of a photo.

    Raises:
        PhotoError: it cannot be read.
    """
    return as_qimage(read_photo(path).image)


def as_qimage(image: Image.Image) -> QImage:
    """An RGB picture of Pillow's for Qt, in the format that windows are painted in: it need not be changed there.

    In strips: Pillow hands out all bytes of a large photo while no other thread can run, and a window may be waiting.
    """
    width, height = image.size
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    rows = max(STRIP // (3 * width), 1)
    painter = QPainter(picture)
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        part = QImage(strip.tobytes(), width, strip.height, 3 * width, QImage.Format.Format_RGB888)
        painter.drawImage(0, top, part)
    painter.end()
    return picture
