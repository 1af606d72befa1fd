"""What is read from EXIF, right and wrong."""

import json
import struct
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image, TiffImagePlugin

from lens.photos import Facts, read_facts
from lens.photos.pillow import ignore_warnings

EXIF, GPS = ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo
BASE = ExifTags.Base


def facts_of(
    main: dict[int, Any] | None = None,
    exif: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
    format_: str = "JPEG",
    raw: bytes | None = None,
) -> Facts:
    """What is read back from a 40 × 20 photo with the given tags."""
    tags = Image.Exif()
    tags.update(main or {})
    for directory, values in ((EXIF, exif), (GPS, gps)):
        if values:
            tags.get_ifd(directory).update(values)
    file = BytesIO()
    Image.new("RGB", (40, 20)).save(file, format_, exif=tags.tobytes() if raw is None else raw)
    ignore_warnings()  # as `open_image` does
    with Image.open(file) as image:
        if format_ == "PNG":
            image.load()
        return read_facts(image)


def rational(numerator: int, denominator: int) -> TiffImagePlugin.IFDRational:
    return TiffImagePlugin.IFDRational(numerator, denominator)


def test_all_of_them_at_once() -> None:
    facts = facts_of(
        {BASE.Make: "Canon", BASE.Model: "Canon EOS 5D", BASE.Rating: 4, BASE.Orientation: 6},
        {
            BASE.DateTimeOriginal: "2021:07:03 18:05:09",
            BASE.OffsetTimeOriginal: "+02:00",
            BASE.LensModel: "EF 50mm f/1.4\0\0",
        },
        {1: "S", 2: (33.0, 51.0, 36.0), 3: "E", 4: (151.0, 12.5, 0.0)},
    )
    assert facts == Facts(
        width=20,
        height=40,
        format="JPEG",
        orientation=6,
        taken_at=datetime(2021, 7, 3, 18, 5, 9),
        utc_offset_minutes=120,
        camera="Canon EOS 5D",
        lens="EF 50mm f/1.4",
        lat=pytest.approx(-33.86),
        lon=pytest.approx(151.208333),
        rating=4,
    )


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_every_format_that_carries_exif(format_: str) -> None:
    facts = facts_of({BASE.Model: "Box", BASE.Orientation: 8}, format_=format_)
    assert (facts.camera, facts.orientation, facts.width, facts.height) == ("Box", 8, 20, 40)
    assert facts.format == format_


def test_a_photo_without_exif() -> None:
    assert facts_of() == Facts(40, 20, "JPEG", 1)


@pytest.mark.parametrize("orientation", [0, 9, 300])
def test_orientations_that_do_not_exist(orientation: int) -> None:
    facts = facts_of({BASE.Orientation: orientation})
    assert (facts.orientation, facts.width, facts.height) == (1, 40, 20)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("EASTMAN KODAK COMPANY", "KODAK CX7530", "KODAK CX7530"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("", "iPhone 12", "iPhone 12"),
        ("Apple", "   ", "Apple"),
        ("\0\0", "\0", None),
        ("Acme", "Zürich", "Acme Zürich"),
        ("Bell\x07", "a\tb\x1b[31m", "Bell a b [31m"),
        ("x" * 300, "y" * 300, "x" * 200),
        ("Sony\0garbage", "A7", "Sony A7"),
    ],
)
def test_camera_names(make: str, model: str, camera: str | None) -> None:
    facts = facts_of({BASE.Make: make.encode(), BASE.Model: model.encode()})
    assert facts.camera == camera


def test_text_that_is_no_utf8_is_latin_1() -> None:
    assert facts_of({BASE.Model: "Zürich".encode("latin-1")}).camera == "Zürich"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2007:05:30 16:01:07", datetime(2007, 5, 30, 16, 1, 7)),
        ("2007-05-30T16:01:07", datetime(2007, 5, 30, 16, 1, 7)),
        ("2007:05:30 16:01", datetime(2007, 5, 30, 16, 1)),
        ("1899:12:31 23:59:59", datetime(1899, 12, 31, 23, 59, 59)),
        ("0000:00:00 00:00:00", None),
        ("2007:02:30 10:00:00", None),
        ("2007:05:30 24:61:61", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates(text: str, moment: datetime | None) -> None:
    assert facts_of(exif={BASE.DateTimeOriginal: text}).taken_at == moment


def test_the_next_best_date_where_the_best_is_broken() -> None:
    facts = facts_of(
        {BASE.DateTime: "2003:01:01 00:00:00"},
        {
            BASE.DateTimeOriginal: "0000:00:00 00:00:00",
            BASE.DateTimeDigitized: "2002:01:01 00:00:00",
            BASE.OffsetTimeDigitized: "-09:30",
            BASE.OffsetTimeOriginal: "+01:00",
        },
    )
    assert (facts.taken_at, facts.utc_offset_minutes) == (datetime(2002, 1, 1), -570)
    assert facts_of({BASE.DateTime: "2003:01:01 00:00:00"}).taken_at == datetime(2003, 1, 1)


@pytest.mark.parametrize("offset", ["Z", "+99:00", "two", "   :  "])
def test_offsets_that_are_none(offset: str) -> None:
    facts = facts_of(exif={BASE.DateTimeOriginal: "2002:01:01 00:00:00", BASE.OffsetTimeOriginal: offset})
    assert (facts.taken_at, facts.utc_offset_minutes) == (datetime(2002, 1, 1), None)


@pytest.mark.parametrize(
    ("day", "clock", "minutes"),
    [
        ("2021:07:03", (16.0, 5.0, 9.0), 120),
        ("2021:07:03", (16.0, 8.0, 0.0), 120),  # the fix, or the camera's clock, is three minutes off
        ("2021:07:03", (12.0, 20.0, 9.0), 345),  # Nepal
        ("2021:07:03", (12.0, 35.0, 9.0), 330),  # India
        ("2021:07:04", (4.0, 5.0, 9.0), -600),  # Hawaii
        ("2021:07:03", (4.0, 5.0, 9.0), 840),  # Kiribati
        ("2021:07:03", (18.0, 5.0, 9.0), 0),
        ("2021:07:03", (16.0, 20.0, 0.0), None),  # no zone is like this: an old fix
        ("2021:07:02", (16.0, 5.0, 9.0), None),  # no zone is 26 hours ahead
        ("2021:07:03\0", (rational(16, 1), rational(5, 1), rational(900, 100)), 120),
        ("2021:07:03", (rational(16, 0), rational(0, 0), 0.0), None),
        ("2021:07:03", (16.0, 5.0), None),
        ("2021:02:30", (16.0, 5.0, 9.0), None),
        ("9999:12:31", (40.0, 5.0, 9.0), None),
        ("some day", (16.0, 5.0, 9.0), None),
        ("", (16.0, 5.0, 9.0), None),
    ],
)
def test_offsets_by_the_time_of_gps(day: str, clock: tuple[Any, ...], minutes: int | None) -> None:
    facts = facts_of(exif={BASE.DateTimeOriginal: "2021:07:03 18:05:09"}, gps={29: day, 7: clock})
    assert (facts.taken_at, facts.utc_offset_minutes) == (datetime(2021, 7, 3, 18, 5, 9), minutes)


def test_the_time_of_gps_comes_after_what_the_camera_says_and_not_after_editing() -> None:
    gps = {29: "2021:07:03", 7: (16.0, 5.0, 9.0)}
    moment = "2021:07:03 18:05:09"
    assert (
        facts_of(exif={BASE.DateTimeOriginal: moment, BASE.OffsetTimeOriginal: "+03:00"}, gps=gps).utc_offset_minutes
        == 180
    )
    assert facts_of({BASE.DateTime: moment}, gps=gps).utc_offset_minutes is None


GOOD_LAT, GOOD_LON = (52.0, 30.0, 0.0), (13.0, 15.0, 0.0)


@pytest.mark.parametrize(
    ("gps", "position"),
    [
        ({1: "N", 2: GOOD_LAT, 3: "E", 4: GOOD_LON}, (52.5, 13.25)),
        ({1: "S", 2: GOOD_LAT, 3: "W", 4: GOOD_LON}, (-52.5, -13.25)),
        ({1: "n\0", 2: GOOD_LAT, 3: "w", 4: GOOD_LON}, (52.5, -13.25)),
        ({1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: GOOD_LON}, (None, None)),
        ({1: "N", 2: GOOD_LAT, 3: "E", 4: (180.0, 1.0, 0.0)}, (None, None)),
        ({1: "N", 2: GOOD_LAT}, (None, None)),
        ({2: GOOD_LAT, 4: GOOD_LON}, (None, None)),
        ({1: "N", 2: (rational(0, 0),) * 3, 3: "E", 4: GOOD_LON}, (None, None)),
        ({1: "N", 2: (rational(5, 0), 0.0, 0.0), 3: "E", 4: GOOD_LON}, (None, None)),
        ({1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}, (None, None)),
        ({1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: GOOD_LON}, (0.0, 13.25)),
    ],
)
def test_positions(gps: dict[int, Any], position: tuple[float | None, float | None]) -> None:
    facts = facts_of(gps=gps)
    assert (facts.lat, facts.lon) == position


@pytest.mark.parametrize(("rating", "read"), [(0, 0), (5, 5), (6, None), (99, None), ("5", None)])
def test_ratings(rating: object, read: int | None) -> None:
    assert facts_of({BASE.Rating: rating}).rating == read


def directory(*fields: tuple[int, int, int, bytes]) -> bytes:
    """An EXIF block written by hand, for what Pillow refuses to write: tag, type, count and four bytes each."""
    entries = b"".join(struct.pack("<HHL4s", tag, type_, count, value) for tag, type_, count, value in sorted(fields))
    return b"Exif\0\0II*\0" + struct.pack("<LH", 8, len(fields)) + entries + bytes(4)


ODD = {
    "three shorts where one was due": (3, 1, b"\1\0\0\0"),
    "undefined bytes": (7, 4, b"\xff\xfe\0\1"),
    "a float": (11, 1, b"\0\0\xf0\x40"),
    "not a number": (11, 1, b"\0\0\xc0\x7f"),
    "half a surrogate": (2, 4, b"\xed\xa0\x80\0"),
    "a huge number": (4, 1, b"\xff\xff\xff\xff"),
    "nothing": (2, 0, bytes(4)),
    "beyond the end": (2, 500, b"\xff\xff\0\0"),
    "a type that does not exist": (77, 1, b"abcd"),
    "too many": (3, 2**31, bytes(4)),
}


@pytest.mark.parametrize(
    "field", [BASE.Make, BASE.Orientation, BASE.DateTime, BASE.Rating, BASE.ExifOffset, BASE.GPSInfo]
)
@pytest.mark.parametrize("kind", ODD)
def test_fields_of_odd_types_cost_only_themselves(field: int, kind: str) -> None:
    facts = facts_of(raw=directory((BASE.Model, 2, 4, b"Box\0"), (field, *ODD[kind])))
    assert {facts.width, facts.height} == {40, 20}
    assert facts.camera is not None
    assert facts.camera.endswith("Box")
    facts.camera.encode()
    assert (facts.taken_at, facts.lens, facts.lat, facts.lon) == (None, None, None, None)
    assert facts.rating in (None, 1)


@pytest.mark.parametrize("cut", range(8, 200, 7))
def test_exif_that_ends_early(cut: int) -> None:
    tags = Image.Exif()
    tags.update({BASE.Make: "Canon Incorporated", BASE.Model: "Canon EOS 5D Mark II", BASE.Orientation: 6})
    tags.get_ifd(GPS).update({1: "N", 2: GOOD_LAT, 3: "E", 4: GOOD_LON})
    whole = tags.tobytes()
    facts = facts_of(raw=whole[:cut])
    assert {facts.width, facts.height} == {40, 20}


def test_positions_of_real_photos(shared_data: Path) -> None:
    folder = shared_data / "stress"
    located = 0
    for entry in json.loads((folder / "index.json").read_text()):
        if not entry.get("gps") or entry["format"] not in ("JPEG", "MPO"):
            continue
        ignore_warnings()
        with Image.open(folder / entry["path"]) as image:
            facts = read_facts(image)
        assert (facts.lat is None) == (facts.lon is None)
        located += facts.lat is not None
    assert located == 8


def test_where_a_known_photo_was_taken(shared_data: Path) -> None:
    with Image.open(shared_data / "stress/exif_samples/jpg/gps/DSCN0010.jpg") as image:
        facts = read_facts(image)
    assert (facts.lat, facts.lon) == (pytest.approx(43.467448, abs=1e-6), pytest.approx(11.885127, abs=1e-6))  # Arezzo
    assert (facts.taken_at, facts.camera) == (datetime(2008, 10, 22, 16, 28, 39), "NIKON COOLPIX P6000")
