"""What can be found in a collection; kept for as long as the index does not change.

It runs in a process of its own, see `lens_gui.worker`.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lens import Library
from lens.config import cache_folder
from lens.curation import FLAWS, Curation, DuplicateGroup
from lens.curation.collection import CuratedPhoto
from lens.indexing.report import Report
from lens.search.match import Match
from lens_gui.curate.chart import MAP, Chart, by_date, by_tag, chart_in, keep_chart
from lens_gui.curate.found import Found, Part, Piece, found_in, keep
from lens_gui.words import size
from lens_indexes import Index, beside

__all__ = ["KINDS", "find"]

FORM = "1"
"""Of what is kept; another when it is found or written in another way."""
MOST = 500
"""Groups of duplicates, or photos of a part, that are shown at once."""
SAMPLED = 24
"""Photos of a cluster that are shown."""
UNUSUAL = 100
TABLES = ("photos", "roots", "regions", "tags")
UMAP = "Photos that look alike lie near each other (UMAP)."
PCA = "Laid out along two principal axes alone, since there are few photos or UMAP is not installed: {}"
INSTALL = "pip install 'lens-photos[map]'."


def find(uri: str, kind: str, how: Mapping[str, str], report: Report) -> Path:
    """Find one of `KINDS` or the map, unless it is kept: the file in which it is.

    Args:
        uri: of the index.
        kind: of what is to be found.
        how: what was chosen for it.
        report: told how far it is.
    """
    curation = Library.open(uri).curation
    name = hashlib.sha256(uri.encode()).hexdigest()[:16]
    file = cache_folder() / "curated" / f"{name}-{kind}{'.npz' if kind == MAP else '.json'}"
    place = beside(uri, lambda: Index.open(uri))

    def about() -> dict[str, str]:
        version = place.version(*TABLES)
        return {"form": FORM, "how": json.dumps(how, sort_keys=True), "version": version}

    before = about()
    if kind == MAP:
        if chart_in(file, json.dumps(before)) is None:
            keep_chart(_chart(curation, report), file, json.dumps(before))
        return file
    if found_in(file, before) is not None:
        return file
    found = KINDS[kind](curation, how, report)
    # What had to be measured first was written into the index: then this is found once more the next time.
    keep(found, file, before if about() == before else before | {"version": ""})
    return file


def _chart(curation: Curation, report: Report) -> Chart:
    """The map; it tells by itself how it was laid out."""
    found = curation.map(on_progress=report)
    photos = found.photos
    return Chart(
        f"{_photos(len(photos))}. {UMAP if found.way == 'umap' else PCA.format(INSTALL)}",
        tuple(photo.id for photo in photos),
        tuple(str(photo.path) for photo in photos),
        tuple(photo.content_hash for photo in photos),
        found.points,
        by_tag(found.tags),
        by_date([photo.taken_at for photo in photos]),
    )


def _duplicates(curation: Curation, _: Mapping[str, str], report: Report) -> Found:
    groups = curation.duplicates(on_progress=report)
    others = [each.photo for group in groups for each in group.others]
    if not groups:
        return Found("There are no duplicates.", ())
    parts = "1 group" if len(groups) == 1 else f"{len(groups):,} groups"
    told = f"{_photos(len(others))} in {parts} could go: {size(sum(photo.size for photo in others))}."
    if len(groups) > MOST:
        told += f" The first {MOST} groups are shown; the others come when these are dealt with."
    return Found(told, tuple(_group(each) for each in groups[:MOST]))


def _group(group: DuplicateGroup) -> Part:
    members = [(group.kept, f"best: {group.why}"), *((each.photo, each.reason) for each in group.others)]
    pieces = tuple(_piece(photo, "", note, compared=True) for photo, note in members)
    reasons = ", ".join(dict.fromkeys(each.reason for each in group.others))
    return Part(f"Best: {group.why} · {reasons}", tuple(piece.id for piece in pieces), pieces)


def _quality(curation: Curation, _: Mapping[str, str], report: Report) -> Found:
    reports = curation.quality(on_progress=report)
    pieces: defaultdict[str, list[Piece]] = defaultdict(list)
    for each in reports:
        flaws = ", ".join(each.flaws)
        pieces[each.flaws[0]].append(_piece(each.photo, f"{each.severity:.2f}", flaws))
    told = f"{_photos(len(reports))} with flaws, the worst first: 1 is as bad as can be." if reports else ""
    parts = [_part(flaw.capitalize(), pieces[flaw]) for flaw in FLAWS if flaw in pieces]
    return Found(told or "No photo has any flaw that its pixels tell of.", tuple(parts))


def _unusual(curation: Curation, _: Mapping[str, str], report: Report) -> Found:
    found = curation.unusual(UNUSUAL)
    told = f"{_photos(len(found))} least like all others: 0 is like at least ten others, 2 their opposite."
    return Found(told, (_part("", _pieces(found)),))


def _pick(curation: Curation, how: Mapping[str, str], report: Report) -> Found:
    picked = curation.pick(int(how["count"]), typical=how["way"] == "typical", balance=how["balance"] or None)
    covered, chance = picked.coverage, picked.by_chance
    told = (
        f"{_photos(len(picked.photos))}. Every photo has a picked one at a cosine of {covered.mean:.3f} on average, "
        f"all but a twentieth at {covered.low:.3f} or more; by chance {chance.mean:.3f} and {chance.low:.3f}."
    )
    return Found(told, (_part("", _pieces(picked.photos)),))


def _clusters(curation: Curation, how: Mapping[str, str], report: Report) -> Found:
    clusters = curation.clusters(int(how["count"]) or None, on_progress=report)
    parts = [
        Part(
            f"{', '.join(each.names) or f'Cluster {number}'} · {_photos(len(each.photos))}"
            + (", shown:" if len(each.photos) > SAMPLED else ""),
            tuple(match.id for match in each.photos),
            _pieces(each.photos[:SAMPLED]),
        )
        for number, each in enumerate(clusters, 1)
    ]
    count = sum(len(part.ids) for part in parts)
    told = f"{_photos(count)} in {len(parts):,} clusters, the most central first: 1 is the very centre."
    return Found(told, tuple(parts))


KINDS: dict[str, Callable[[Curation, Mapping[str, str], Report], Found]] = {
    "duplicates": _duplicates,
    "quality": _quality,
    "unusual": _unusual,
    "pick": _pick,
    "clusters": _clusters,
}


def _part(heading: str, pieces: Sequence[Piece]) -> Part:
    return Part(heading, tuple(piece.id for piece in pieces), tuple(pieces[:MOST]))


def _pieces(matches: Sequence[Match]) -> tuple[Piece, ...]:
    return tuple(Piece(each.id, each.path, each.content_hash, f"{each.score:.2f}") for each in matches)


def _piece(photo: CuratedPhoto, number: str, note: str, *, compared: bool = False) -> Piece:
    return Piece(photo.id, photo.path, photo.content_hash, number, note, _facts(photo) if compared else None)


def _facts(photo: CuratedPhoto) -> dict[str, str]:
    """What decides between duplicates, as people read it."""
    measures = photo.measures
    return {
        "Pixels": f"{photo.width:,} × {photo.height:,}",
        "Sharpness": f"{measures.sharpness:.2f}" if measures else "–",
        "Brightness": f"{measures.luminance:.2f}" if measures else "–",
        "Black or white": f"{measures.shadows + measures.highlights:.1%}" if measures else "–",
        "Taken": f"{photo.taken_at:%Y-%m-%d %H:%M}" if photo.taken_at else "–",
        "Format": photo.path.suffix.lstrip(".").upper(),
        "File": size(photo.size),
        "Rating": "★" * photo.rating if photo.rating else "–",
        "Tags": ", ".join(photo.keywords) or "–",
        "Name": photo.path.name,
        "Folder": str(photo.path.parent),
    }


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count:,} photos"
