"""Which tiles are asked for: map users with their locality, or tiles at random. Seeded."""

import math
import random
from collections.abc import Iterator

Tile = tuple[int, int, int]

# Degrees within the synthetic granule, UTM 18N 300000-409800, 4390200-4500000: no tile misses it.
WEST, SOUTH, EAST, NORTH = -77.34, 39.67, -76.10, 40.60
ZOOMS = range(9, 15)
CLOSE = 13
VIEW = (4, 3)


def tile_at(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    count = 2**zoom
    x = int((longitude + 180) / 360 * count)
    y = int((1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2 * count)
    return x, y


def covers(zoom: int, x: int, y: int) -> bool:
    count = 2**zoom
    west, east = x / count * 360 - 180, (x + 1) / count * 360 - 180

    def latitude(row: int) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / count))))

    return west < EAST and east > WEST and latitude(y) > SOUTH and latitude(y + 1) < NORTH


def close_sessions(count: int, *, seed: int) -> list[Tile]:
    """List the tiles of the same users, as far in as a file without overviews can be shown."""
    return [tile for tile in sessions(2 * count, seed=seed) if tile[0] >= CLOSE][:count]


def sessions(count: int, *, seed: int) -> list[Tile]:
    """Users who zoom in on a random point, a viewport of tiles a level, then pan twice."""
    chance = random.Random(seed)
    found: list[Tile] = []
    while len(found) < count:
        longitude, latitude = chance.uniform(WEST + 0.2, EAST - 0.2), chance.uniform(SOUTH + 0.15, NORTH - 0.15)
        found += [tile for tile in _session(longitude, latitude) if covers(*tile)]
    return found[:count]


def _session(longitude: float, latitude: float) -> Iterator[Tile]:
    for zoom in ZOOMS:
        x, y = tile_at(longitude, latitude, zoom)
        columns, rows = (2, 2) if zoom < 11 else VIEW
        left, top = (x, y) if zoom < 11 else (x - VIEW[0] // 2, y - VIEW[1] // 2)
        yield from ((zoom, left + i, top + j) for j in range(rows) for i in range(columns))
    for step in (1, 2):
        yield from ((zoom, x + VIEW[0] // 2 + step, y - VIEW[1] // 2 + j) for j in range(VIEW[1]))


def scattered(count: int, *, seed: int) -> list[Tile]:
    """Tiles of every zoom anywhere: no locality."""
    chance = random.Random(seed)
    zooms = list(ZOOMS)
    places = (
        (chance.uniform(WEST + 0.15, EAST - 0.15), chance.uniform(SOUTH + 0.1, NORTH - 0.1)) for _ in range(count)
    )
    return [(zooms[i % len(zooms)], *tile_at(*place, zooms[i % len(zooms)])) for i, place in enumerate(places)]
