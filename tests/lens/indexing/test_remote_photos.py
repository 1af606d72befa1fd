"""Photos on an object store are indexed like those in folders: only what is new is read, and an error loses nothing."""

import logging
import pickle
from io import BytesIO
from itertools import count
from pathlib import Path

import pytest
from PIL import Image

from lens import Library
from lens.errors import CopyError, FolderError, ManifestError
from lens.indexing import indexer, shards
from lens.indexing.indexer import plan_run
from lens.indexing.lane import column_of
from lens.indexing.plan import Scope
from lens.indexing.shards import ShardJob, ShardWorker, digests, shards_of
from lens.indexing.watching import keep_indexed
from lens.models.loaded import LoadedEncoders
from lens.photos.decode import READER, read_header
from lens.photos.scan import check_folder
from lens_indexes import Index
from lens_indexes.remote import path_of
from lens_indexes.stores import store_of
from tests.fakes import ColourEncoder, painted
from tests.stores import BUCKET, KEY, SECRET, Asked, failing, put, remove, serving

pytest.importorskip("s3fs")

SIDECAR = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></rdf:RDF></x:xmpmeta>"""


@pytest.fixture
def shelf(bucket: str) -> str:
    """Four photos of plain colours, one of them in a folder, and what is none."""
    for name in ("red", "green", "blue", "trip/orange"):
        put(f"{bucket}/{name}.png", painted(name.rpartition("/")[2]))
    put(f"{bucket}/notes.txt", b"no photo")
    put(f"{bucket}/", b"")
    return bucket


@pytest.fixture
def indexed(shelf: str, library: Library, encoder: ColourEncoder) -> str:
    library.index([shelf], encoder)
    return shelf


@pytest.fixture
def asked(bucket: str, monkeypatch: pytest.MonkeyPatch):
    """What the store is asked for from here on."""
    noted = Asked()
    with serving(noted.around) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        store_of.cache_clear()
        yield noted
    store_of.cache_clear()


def names(library: Library) -> list[str]:
    return sorted(path.name for path in library.photos())


def test_they_are_found_by_their_uris(indexed, library, encoder):
    assert [str(match.path) for match in library.search("orange", 1, encoder)] == [f"{indexed}/trip/orange.png"]
    assert [str(folder.folder) for folder in library.folders()] == [indexed]
    assert library.folders()[0].there
    assert library.verify() == []
    nearest = library.similar(f"{indexed}/red.png", 1, encoder)
    assert [match.path.name for match in nearest] == ["orange.png"]
    assert len(library.search([f"folder:{indexed}/trip", "blue"], 9, encoder)) == 1
    [part] = library.search(f"{indexed}/red.png#0,0,8,8", 1, encoder)
    assert part.path.name == "red.png"


def test_each_is_read_once_and_only_when_it_changed(shelf, library, encoder, asked):
    assert library.index([shelf], encoder).added == 4
    reads = [each for each in asked.requests if each.endswith(".png")]
    assert sorted(reads) == sorted(set(reads)), "a photo was asked for more than once"
    assert all(each.startswith("GET") for each in reads)
    asked.requests.clear()
    assert library.index([shelf], encoder).unchanged == 4
    assert not [each for each in asked.requests if each.endswith(".png")]
    put(f"{shelf}/red.png", painted("navy"))
    put(f"{shelf}/new.png", painted("white"))
    remove(f"{shelf}/blue.png")
    asked.requests.clear()
    report = library.index([shelf], encoder)
    assert not [each for each in asked.requests if each.startswith("HEAD") and each.endswith(".png")]
    assert (report.added, report.changed, report.missing, report.unchanged) == (1, 1, 1, 2)
    assert names(library) == ["green.png", "new.png", "orange.png", "red.png"]


def test_what_is_left_out_now_is_not_gone(indexed, library, encoder):
    put(f"{indexed}/.hidden/white.png", painted("white"))
    library.index([indexed], encoder, include_hidden=True)
    remove(f"{indexed}/trip/orange.png")
    assert library.index([indexed], encoder, exclude=["trip", "red*"], prune=True, prune_many=True).pruned == 1
    assert names(library) == ["blue.png", "green.png", "red.png", "white.png"]


def test_a_photo_that_moved_is_known_again(indexed, library, encoder):
    before = encoder.encoded
    put(f"{indexed}/trip/red.png", painted("red"))
    remove(f"{indexed}/red.png")
    assert library.index([indexed], encoder).moved == 1
    assert encoder.encoded == before


def test_a_listing_of_many_pages_is_read_to_its_end(shelf, library, encoder, asked, monkeypatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "1")
    assert library.index([shelf], encoder).added == 4
    assert asked.requests.count(f"GET /{BUCKET}") > 5


def test_a_header_is_read_without_the_pixels(bucket, asked):
    exif = Image.Exif()
    exif[0x0132] = "2024:05:06 07:08:09"
    noise = Image.effect_noise((1500, 1000), 90).convert("RGB")
    for name, format_ in (("a.jpg", "JPEG"), ("b.tif", "TIFF")):
        made = BytesIO()
        noise.save(made, format_, exif=exif)
        put(f"{bucket}/{name}", made.getvalue())
        asked.sent = 0
        facts = read_header(path_of(f"{bucket}/{name}"))
        assert (facts.width, facts.height, str(facts.taken_at)) == (1500, 1000, "2024-05-06 07:08:09")
        assert asked.sent < 300_000 < len(made.getvalue()), f"{asked.sent} bytes of {name} were sent"


def test_side_cars_are_read_where_the_listing_has_them(shelf, library, encoder, asked):
    put(f"{shelf}/red.png.xmp", SIDECAR)
    library.index([shelf], encoder)
    assert [match.path.name for match in library.search("rating:4", 9, encoder)] == ["red.png"]
    assert [each.rpartition("/")[2] for each in asked.requests if "xmp" in each and "GET" in each] == ["red.png.xmp"]
    put(f"{shelf}/red.png.xmp", SIDECAR.replace(b"4", b"2"))
    library.index([shelf], encoder)
    assert [match.path.name for match in library.search("rating:2", 9, encoder)] == ["red.png"]


def test_a_store_out_of_reach_costs_nothing(indexed, library, encoder, monkeypatch):
    with monkeypatch.context() as nobody, pytest.raises(FolderError, match="is out of reach: ") as caught:
        nobody.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        nobody.setattr("s3fs.S3FileSystem.retries", 1)
        nobody.setenv("AWS_MAX_ATTEMPTS", "1")
        store_of.cache_clear()
        library.index([indexed], encoder, prune=True, prune_many=True)
    store_of.cache_clear()
    assert "\n" not in str(caught.value)
    assert len(names(library)) == 4
    with monkeypatch.context() as offline, pytest.raises(FolderError, match="stay offline"):
        offline.setenv("LENS_OFFLINE", "1")
        library.index([indexed], encoder)
    for name in ("red", "green", "blue", "trip/orange"):
        remove(f"{indexed}/{name}.png")
    with pytest.raises(FolderError, match="no photos now, and 4 were indexed from it: is it the right store"):
        library.index([indexed], encoder, prune=True)
    assert len(names(library)) == 4


@pytest.mark.parametrize("broken", ["list", "trip/orange.png"])
def test_what_cannot_be_had_now_is_kept_as_it_is(indexed, library, encoder, monkeypatch, broken):
    put(f"{indexed}/trip/orange.png", painted("gold"))

    def around(app):
        def refusing(environ, start):
            listing = "prefix=" in environ["QUERY_STRING"] and "trip" in environ["QUERY_STRING"]
            if listing if broken == "list" else environ["PATH_INFO"].endswith(broken):
                start("403 Forbidden", [("Content-Type", "application/xml")])
                return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]
            return app(environ, start)

        return refusing

    with serving(around) as url, monkeypatch.context() as refused:
        refused.setenv("AWS_ENDPOINT_URL", url)
        store_of.cache_clear()
        report = library.index([indexed], encoder, prune=True, prune_many=True)
    store_of.cache_clear()
    assert (report.missing, report.pruned, report.skipped) == (0, 0, 1)
    assert "orange.png" in names(library)
    assert library.index([indexed], encoder).changed == 1


def test_a_store_that_is_lost_under_way_ends_the_run_and_what_was_read_is_kept(shelf, library, encoder, monkeypatch):
    for number in range(20):
        put(f"{shelf}/zoo/{number}.png", painted(f"rgb({number * 4}, 9, 9)"))
    monkeypatch.setattr(indexer, "PATIENCE", 4)
    listings = count()

    def around(app):
        def lost(environ, start):
            if "list-type" in environ["QUERY_STRING"]:
                there = next(listings) < 4  # whether there is a folder, and what is in the three
            else:
                there = "zoo" not in environ["PATH_INFO"] and environ["PATH_INFO"].endswith(".png")
            if there or environ["REQUEST_METHOD"] == "HEAD" or environ["PATH_INFO"] == "/":
                return app(environ, start)
            start("403 Forbidden", [])
            return [b""]

        return lost

    with serving(around) as url, monkeypatch.context() as failing_store:
        failing_store.setenv("AWS_ENDPOINT_URL", url)
        store_of.cache_clear()
        with pytest.raises(FolderError, match=r"is out of reach now: .* What was read is kept"):
            library.index([shelf], encoder)
    store_of.cache_clear()
    assert names(library) == ["blue.png", "green.png", "orange.png", "red.png"]
    assert library.index([shelf], encoder).added == 20


@pytest.mark.slow  # requests are made again after a while that grows
@pytest.mark.parametrize("done", [False, True])
def test_a_store_that_fails_one_request_in_twenty_loses_nothing(shelf, library, encoder, monkeypatch, done):
    for number in range(60):
        put(f"{shelf}/{number // 10}/{number}.png", painted(f"rgb({number * 4}, {number * 3}, {255 - number * 2})"))
    with serving(failing(20, done=done)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        store_of.cache_clear()
        report = library.index([shelf], encoder)
        assert (report.added, report.skipped) == (64, 0)
        assert library.index([shelf], encoder).unchanged == 64
    store_of.cache_clear()


def test_a_manifest_names_them(shelf, library, encoder, tmp_path):
    manifest = tmp_path / "photos.txt"
    manifest.write_text(f"{shelf}/red.png\ntrip/orange.png\nnone.png\n")
    report = library.index([shelf], encoder, manifest=manifest)
    assert (report.added, report.skipped) == (2, 1)
    assert [each.reason for each in library.skipped()] == ["named in the manifest and not there"]
    assert library.index([shelf], encoder, manifest=manifest).unchanged == 2
    assert library.index([shelf], encoder).unchanged == 2, "a listing and a manifest tell of other times"
    put(f"{shelf}/list.txt", b"green.png\n")
    assert library.index([shelf], encoder, manifest=f"{shelf}/list.txt").unchanged == 1
    manifest.write_text("s3://elsewhere/red.png\n")
    with pytest.raises(ManifestError, match="does not lie below"):
        library.index([shelf], encoder, manifest=manifest)


def test_what_only_a_manifest_finds_is_not_gone_when_folders_are_listed(shelf, library, encoder):
    put(f"{shelf}/scans/0001", painted("navy"))
    put(f"{shelf}/list.txt", b"scans/0001\n")
    assert library.index([shelf], encoder, manifest=f"{shelf}/list.txt").added == 1
    report = library.index([shelf], encoder)
    assert (report.added, report.missing) == (4, 0)


def test_a_worker_of_a_cluster_reads_them(shelf, library, encoder, monkeypatch):
    monkeypatch.setattr(shards, "write_fragments", lambda _, rows, __: tuple(row.path for row in rows))  # needs Ray
    index, column = Index.create(library.uri), column_of(encoder.info)
    with index.writing():
        index.roots.add(path_of(shelf))
        index.photos.bind(column)
    plan = plan_run(index, Scope((check_folder(shelf),)), [encoder])
    [shard] = shards_of(plan.ledger.work(), [column], 512)
    roots = tuple(index.roots.all())
    job = ShardJob(index.uri, LoadedEncoders(), encoder, (column,), roots, READER, digests([]))
    done = ShardWorker(pickle.loads(pickle.dumps(job)), 2, "here").carry_out(pickle.loads(pickle.dumps(shard)))
    assert sorted(done.fragments) == ["blue.png", "green.png", "red.png", "trip/orange.png"]
    assert done.rest == ()


def test_names_to_which_no_path_leads_are_told(shelf, library, encoder):
    put(f"{shelf}//hidden.png", painted("black"))
    report = library.index([shelf], encoder)
    assert (report.added, report.skipped) == (4, 1)
    assert "name is empty" in library.skipped()[0].reason


def test_they_are_copied_and_neither_linked_nor_watched(indexed, library, encoder, tmp_path):
    from lens.copies import carry_out, plan_copies

    photos = [match.path for match in library.search("red", 2, encoder)]
    for times in range(2):
        copies = plan_copies(photos, tmp_path / "copied")
        assert [copy.there for copy in copies] == [times == 1] * 2
        carry_out(copies)
    assert (tmp_path / "copied" / "red.png").read_bytes() == photos[0].read_bytes()
    with pytest.raises(CopyError, match="it is on a store: --copy-to copies it"):
        carry_out(plan_copies(photos, tmp_path / "linked", link=True), link=True)
    with pytest.raises(FolderError, match="cannot be watched, since a store tells of no changes"):
        keep_indexed("", [indexed], library.index, on_report=print, on_trouble=print)


def test_duplicates_there_are_shown_and_stay(indexed, library, encoder, tmp_path):
    put(f"{indexed}/again.png", painted("red"))
    library.index([indexed], encoder)
    groups = library.curation.duplicates()
    assert [len(group.others) for group in groups] == [1]
    moved = library.curation.move_duplicates(groups, tmp_path / "aside", dry_run=True)
    assert [reason for _, reason in moved.refused] == ["it is on a store, where Lens moves nothing"]


def test_keys_are_neither_kept_nor_logged(indexed, library, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    for key in (f"{KEY}:{SECRET}", f"{KEY}:ab/{SECRET}"):  # many secrets have a slash
        with pytest.raises(FolderError, match="must hold no key") as caught:
            library.index([f"s3://{key}@bucket/photos"])
    held = [file.read_bytes() for file in Path(library.uri).rglob("*") if file.is_file()]
    ours = [each.getMessage() for each in caplog.records if each.name.startswith("lens")]
    said = [*ours, str(caught.value), *(text.decode("latin-1") for text in held)]
    assert len(held) > 5
    assert not [text for text in said if KEY in text or SECRET in text]
