"""What is asked of a catalog, ours beside titiler-pgstac's: items by their names, and a search as one mosaic.

Ours is the whole site on PostGIS and Redis; titiler-pgstac has pgSTAC in the same database, and the settings of its own
compose file. Both hold the same 50 adjacent scenes among 5,000 items; both remember what lies where, ours for seconds,
the peer for minutes, and neither keeps pictures.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import latency
from benchmarks.data import polygon
from benchmarks.environments import environment
from benchmarks.places import PROJECT
from benchmarks.scenes import COLLECTION, TAKEN, Box, bounds, others, scene_files, tiles_on
from benchmarks.servers import Server, redis, serve
from benchmarks.workloads import tile_at
from tests.services.postgis import run_postgis

PLACES = 40
ITEM_ZOOM = 13
# Degrees from a place to the sides of a region around it.
HALF = 0.025
SEARCH = {"collections": [COLLECTION]}


@dataclass(frozen=True)
class Place:
    """A point on a scene, the tile of the mosaic and the tile of the scene there."""

    item: str
    longitude: float
    latitude: float
    mosaic_tile: str
    item_tile: str


@dataclass(frozen=True)
class Row:
    """``ours`` and ``theirs``: what is asked at a place, below the search or the item; ``body``: what is posted."""

    title: str
    ours: Callable[[Place], str]
    theirs: Callable[[Place], str]
    is_mosaic: bool = False
    body: Callable[[Place], str] = lambda _: ""


def around(place: Place) -> str:
    x, y = place.longitude, place.latitude
    return f"{x - HALF:.5f},{y - HALF:.5f},{x + HALF:.5f},{y + HALF:.5f}"


def field(place: Place) -> str:
    return polygon((place.longitude - HALF, place.latitude - HALF), 2 * HALF)


ROWS = (
    Row(
        "mosaic tile, z 12 → PNG",
        lambda place: f"tiles/{place.mosaic_tile}.png",
        lambda place: f"tiles/WebMercatorQuad/{place.mosaic_tile}.png?assets=data",
        is_mosaic=True,
    ),
    Row(
        "mosaic point",
        lambda place: f"point/{place.longitude:.5f},{place.latitude:.5f}",
        lambda place: f"point/{place.longitude:.5f},{place.latitude:.5f}?assets=data",
        is_mosaic=True,
    ),
    Row(
        "mosaic region 0.05° → PNG",
        lambda place: f"data/region.png?bbox={around(place)}&max_size=512",
        lambda place: f"bbox/{around(place)}.png?assets=data&max_size=512",
        is_mosaic=True,
    ),
    Row(
        "mosaic zonal statistics, 0.05°",
        lambda _: "data/statistics",
        lambda _: "statistics?assets=data",
        is_mosaic=True,
        body=field,
    ),
    Row(
        "item tile → JPEG",
        lambda place: f"tiles/{place.item_tile}.jpg",
        lambda place: f"tiles/WebMercatorQuad/{place.item_tile}.jpg?assets=data",
    ),
    Row(
        "item preview 1024 → JPEG",
        lambda _: "data/preview.jpg?max_size=1024",
        lambda _: "preview.jpg?assets=data&max_size=1024",
    ),
    Row(
        "item region 0.05° → PNG",
        lambda place: f"data/region.png?bbox={around(place)}&max_size=512",
        lambda place: f"bbox/{around(place)}.png?assets=data&max_size=512",
    ),
    Row("item statistics", lambda _: "data/statistics", lambda _: "statistics?assets=data"),
    Row(
        "item point",
        lambda place: f"data/point/{place.longitude:.5f},{place.latitude:.5f}",
        lambda place: f"point/{place.longitude:.5f},{place.latitude:.5f}?assets=data",
    ),
)


def places(seed: int) -> list[Place]:
    """Near the middles of scenes, and any tiles of the mosaic."""
    chance, tiles = random.Random(seed), tiles_on(scene_files())
    found = []
    for path in chance.choices(scene_files(), k=PLACES):
        west, south, east, north = bounds(path)
        x, y = chance.uniform(0.4, 0.6), chance.uniform(0.4, 0.6)
        longitude, latitude = west + x * (east - west), south + y * (north - south)
        column, row = tile_at(longitude, latitude, ITEM_ZOOM)
        found.append(Place(path.stem, longitude, latitude, chance.choice(tiles), f"{ITEM_ZOOM}/{column}/{row}"))
    return found


@contextmanager
def catalogs() -> Iterator[tuple[Server, Server, dict[str, str]]]:
    """Our site, titiler-pgstac, and the ids of the same search by the servers' names."""
    with ExitStack() as stack:
        url = stack.enter_context(run_postgis())
        storage = stack.enter_context(tempfile.TemporaryDirectory())
        settings = {
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.site_settings",
            "DATABASE_URL": url,
            "REDIS_URL": stack.enter_context(redis()),
            "GEODATA_STORAGE_URL": f"file://{storage}",
        }
        theirs = f"postgresql://{url.partition('://')[2]}"
        search = fill_ours(settings)
        fill_theirs(theirs)
        ours = stack.enter_context(serve("site", **settings))
        peer = stack.enter_context(serve("titiler-pgstac", DATABASE_URL=theirs))
        registered = json.loads(latency.answer(peer, ("/searches/register", json.dumps(SEARCH))))
        yield ours, peer, {ours.name: search, peer.name: registered["id"]}


def fill_ours(settings: dict[str, str]) -> str:
    """Return the id of the search, registered in a new database with the scenes."""
    command = [sys.executable, "-m", "benchmarks.peers.site_filling"]
    done = subprocess.run(
        command, check=True, cwd=PROJECT, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.splitlines()[-1]


def fill_theirs(url: str) -> None:
    """Load the same items into pgSTAC, beside our tables in a schema of its own."""
    pypgstac = environment("titiler-pgstac") / "pypgstac"
    collection = {
        "type": "Collection", "stac_version": "1.0.0", "id": COLLECTION, "description": COLLECTION, "license": "other",
        "links": [], "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]}},
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "collections.ndjson").write_text(json.dumps(collection))
        scenes = [(path.stem, bounds(path), path) for path in scene_files()]
        rows = [*scenes, *((other, box, scenes[0][2]) for other, box in others())]
        (folder / "items.ndjson").write_text("\n".join(json.dumps(stac_item(*row)) for row in rows))
        for step in (["migrate"], *(["load", kind, f"{folder / kind}.ndjson"] for kind in ("collections", "items"))):
            subprocess.run([pypgstac, *step, "--dsn", url], check=True, stdout=subprocess.DEVNULL)


def stac_item(name: str, box: Box, path: Path) -> dict[str, object]:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": name, "collection": COLLECTION, "links": [],
        "geometry": {"type": "Polygon", "coordinates": [ring]}, "bbox": list(box),
        "properties": {"datetime": TAKEN.isoformat()},
        "assets": {"data": {"href": str(path), "type": "image/tiff; application=geotiff", "roles": ["data"]}},
    }  # fmt: skip


def lines(*, seconds: float, words: list[str]) -> None:
    """Print the rows whose titles hold one of ``words``, or all."""
    chosen = [row for row in ROWS if not words or any(word in row.title for word in words)]
    if not chosen:
        return
    with catalogs() as (ours, peer, searches):
        for row in chosen:
            print(latency.line(row.title, ours, peer, questions(row, searches), seconds=seconds), flush=True)


def questions(row: Row, searches: dict[str, str]) -> latency.Questions:
    def ask(server: str, seed: int) -> list[latency.Question]:
        is_ours = server == "site"
        found = []
        for place in places(seed):
            item = f"/tiles/{COLLECTION}/{place.item}" if is_ours else f"/collections/{COLLECTION}/items/{place.item}"
            search = f"{'/tiles' if is_ours else ''}/searches/{searches[server]}"
            path = row.ours(place) if is_ours else row.theirs(place)
            found.append((f"{search if row.is_mosaic else item}/{path}", row.body(place)))
        return found

    return ask
