"""WebDataset: shards of photos, each with its regions as JSON (https://github.com/webdataset/webdataset).

Its shards are plain tar files, which Python's own module writes. The name of a sample is a number, since WebDataset
takes all from the first dot on for the kind of file; the photo's own name is in the JSON.
"""

import json
import tarfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from lens.export.dataset import ExportPhoto
from lens.export.form import UPRIGHT, Writing
from lens.export.table import fields_of, photo_fields

__all__ = ["write_webdataset"]

SAMPLES, BYTES = 10_000, 1_000_000_000  # in one shard, at the most


class _Shards:
    """The shards of one split, the last of which is being written."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._shard: tarfile.TarFile | None = None
        self._shards = self._samples = self._bytes = 0

    def add(self, files: dict[str, bytes]) -> None:
        """A sample: the content of its files, by suffix."""
        if self._shard is None or self._samples % SAMPLES == 0 or self._bytes > BYTES:
            self.close()
            self._shard = tarfile.TarFile(self._folder / f"{self._name}-{self._shards:06d}.tar", "w")
            self._shards, self._bytes = self._shards + 1, 0
        for suffix, content in files.items():
            entry = tarfile.TarInfo(f"{self._samples:09d}.{suffix}")
            entry.size, entry.mode = len(content), 0o644
            self._shard.addfile(entry, BytesIO(content))
            self._bytes += len(content)
        self._samples += 1

    def close(self) -> None:
        if self._shard is not None:
            self._shard.close()


def write_webdataset(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """`SPLIT-000000.tar`, …: `000000000.jpg` and `000000000.json`, and so on; photos are turned upright."""
    shards: dict[str, _Shards] = {name: _Shards(writing.place, name) for name in writing.splits or ("all",)}
    try:
        for photo in photos:
            picture = writing.place / str(photo.placed)
            facts = photo_fields(photo) | {"photo": picture.name, "about": UPRIGHT}
            text = json.dumps(facts | {"regions": [fields_of(region) for region in photo.regions]}, ensure_ascii=False)
            content = {picture.suffix[1:]: picture.read_bytes(), "json": text.encode()}
            picture.unlink()
            shards[photo.split or "all"].add(content)
    finally:
        for each in shards.values():
            each.close()
    for folder in sorted(writing.place.rglob("*/"), reverse=True):
        folder.rmdir()
