"""COCO: instances as polygons or run lengths, and results (https://cocodataset.org/#format-data, #format-results).

Written by our own code: pycocotools only reads, and supervision keeps the whole of it in memory, loses holes and crowds
and numbers categories anew. COCO fills the union of polygons, so what has a hole is written as run lengths.
"""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from lens.export.dataset import ExportPhoto
from lens.export.form import Writing
from lens.export.polygons import parts_of
from lens.labeling.masks import area_of
from lens_indexes import RegionRow

__all__ = ["write_coco", "write_results"]

DECIMALS = 3
SCORE = 1.0  # of what no model has found


def write_coco(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """One JSON file, or `annotations/instances_SPLIT.json` for each split."""
    with ExitStack() as stack:
        files = {split: stack.enter_context(_file(path, writing)) for split, path in _paths(writing, "instances")}
        for photo in photos:
            files[photo.split].add(photo)


def write_results(photos: Iterable[ExportPhoto], writing: Writing) -> None:
    """What was found, as a list of results, to be judged against a COCO export of the same photos.

    A result is one thing: crowds are left out.
    """
    with ExitStack() as stack:
        lists = {split: stack.enter_context(_list(path)) for split, path in _paths(writing, "results")}
        for photo in photos:
            for region in photo.regions:
                if region.crowd:
                    writing.tally.drop(region, "crowds, which are no results")
                    continue
                if region.score is None:
                    writing.tally.lose(f"regions without a score have {SCORE}")
                row = _place(photo, region, writing) | {"score": _score(region)}
                lists[photo.split].add(row if region.mask is None else row | {"segmentation": _runs(region)})


class _List:
    """A JSON list that is written entry by entry."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._started = file, False

    def add(self, entry: dict[str, Any]) -> None:
        self._file.write(",\n" if self._started else "\n")
        self._file.write(json.dumps(entry, ensure_ascii=False))
        self._started = True


class _CocoFile:
    """Images and annotations, which are told together and stand in lists of their own."""

    def __init__(self, images: IO[str], annotations: IO[str], writing: Writing) -> None:
        self._images, self._annotations, self._writing = _List(images), _List(annotations), writing
        self._licences = {licence: number for number, licence in enumerate(writing.licences, 1)}
        self._annotated = 0

    def add(self, photo: ExportPhoto) -> None:
        image: dict[str, Any] = {
            "id": photo.number,
            "file_name": photo.file,
            "width": photo.width,
            "height": photo.height,
            "content_hash": photo.content_hash,
        }
        if photo.taken_at:
            image["date_captured"] = f"{photo.taken_at:%Y-%m-%d %H:%M:%S}"
        if photo.licence:
            image["license"] = self._licences[photo.licence]
        self._images.add(image)
        for region in photo.regions:
            self._annotated += 1
            self._annotations.add({"id": self._annotated} | self._annotation(photo, region))

    def _annotation(self, photo: ExportPhoto, region: RegionRow) -> dict[str, Any]:
        x0, y0, x1, y1 = region.box
        area = area_of(region.mask, region.width, region.height) if region.mask else round((x1 - x0) * (y1 - y0), 3)
        annotation = _place(photo, region, self._writing) | {
            "area": area,
            "iscrowd": int(region.crowd),
            "segmentation": segmentation(region),
            "attributes": {"source": region.source, "state": str(region.state)},
        }
        return annotation if region.score is None else annotation | {"score": _score(region)}


def segmentation(region: RegionRow) -> list[list[int]] | dict[str, Any]:
    """A mask as polygons that fill to exactly it, or as run lengths if it has holes or is a crowd; empty for none."""
    if region.mask is None:
        return []
    parts = [] if region.crowd else parts_of(region.mask, region.width, region.height)
    if not parts or any(part.holes for part in parts):
        return _runs(region)
    return [part.outline.ravel().tolist() for part in parts]


def _place(photo: ExportPhoto, region: RegionRow, writing: Writing) -> dict[str, Any]:
    x0, y0, x1, y1 = region.box
    return {
        "image_id": photo.number,
        "category_id": writing.categories[region.category].number,
        "bbox": [x0, y0, round(x1 - x0, DECIMALS), round(y1 - y0, DECIMALS)],
    }


def _runs(region: RegionRow) -> dict[str, Any]:
    return {"size": [region.height, region.width], "counts": (region.mask or b"").decode("ascii")}


def _score(region: RegionRow) -> float:
    return SCORE if region.score is None else round(region.score, 6)


def _paths(writing: Writing, what: str) -> list[tuple[str | None, Path]]:
    if writing.is_file:
        return [(None, writing.place)]
    folder = writing.place / "annotations"
    folder.mkdir()
    splits: Sequence[str | None] = writing.splits or (None,)
    return [(split, folder / f"{what}_{split or 'all'}.json") for split in splits]


@contextmanager
def _list(path: Path) -> Iterator[_List]:
    with path.open("w", encoding="utf-8") as file:
        file.write("[")
        yield _List(file)
        file.write("\n]\n")


@contextmanager
def _file(path: Path, writing: Writing) -> Iterator[_CocoFile]:
    head = {
        "info": {"description": writing.about, "date_created": f"{writing.made_at:%Y/%m/%d}", "version": "1.0"},
        "licenses": [
            {"id": number, "name": licence.name, "url": licence.url}
            for number, licence in enumerate(writing.licences, 1)
        ],
        "categories": [
            {"id": each.number, "name": each.name, "supercategory": each.parent or ""}
            for each in writing.categories.values()
        ],
    }
    with (
        path.open("w", encoding="utf-8") as file,
        tempfile.TemporaryFile("w+", encoding="utf-8", dir=path.parent) as annotations,
    ):
        file.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "images": [')
        yield _CocoFile(file, annotations, writing)
        file.write('\n ],\n "annotations": [')
        annotations.seek(0)
        shutil.copyfileobj(annotations, file)
        file.write("\n ]\n}\n")
