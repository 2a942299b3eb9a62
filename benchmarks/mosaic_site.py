"""A site for the benchmark of mosaics: rows of files where they are, asked through Django's test client."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.gis.geos import Polygon
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db.models import F
from django.test import Client, override_settings
from osgeo import gdal, osr

from benchmarks.imagery import relief
from benchmarks.scenes import COLLECTION, TAKEN, Box, bounds
from catalog.models import ChecksumFile, Collection, Item
from catalog.services.searches import mosaic
from catalog.services.searches.refreshing import refresh_overviews
from catalog.services.searches.registering import register_search

MANY = 5000
# Degrees of each of the many, and pixels a side: an overview of a scene is no larger at these zooms.
DEGREES, SIDE = 0.5, 128
VIEWPORTS = {
    "2": [f"2/{x}/{y}" for x in range(4) for y in range(3)],
    "5": [f"5/{x}/{y}" for x in range(16, 20) for y in range(9, 12)],
}


def measure(scenes: list[Path], places: list[str]) -> tuple[list[float], list[str]]:
    """Seconds of each tile over the scenes, and lines about the many."""
    call_command("migrate", verbosity=0)
    with override_settings(TILES={**settings.TILES, "cache_alias": ""}, ALLOWED_HOSTS=["*"]):
        return measure_adjacent(scenes, places), measure_many()


def measure_adjacent(scenes: list[Path], places: list[str]) -> list[float]:
    register(scenes, collection=COLLECTION)
    search = register_search(
        user=User.objects.create(username="reader"), body={"collections": [COLLECTION]}, metadata={}
    )
    paths = [f"/tiles/searches/{search.pk}/tiles/{place}.png" for place in places]
    client = Client()
    timed(client.get, paths)
    return timed(client.get, paths)


def timed(get: Callable[[str], Any], paths: list[str]) -> list[float]:
    found = []
    for path in paths:
        start = time.perf_counter()
        answer = get(path)
        found.append(time.perf_counter() - start)
        assert answer.status_code in (200, 204), answer.content
    return found


def register(files: list[Path], *, collection: str) -> None:
    """Rows of files where they are: what is measured is how they are found and shown, not how they came in."""
    Collection.objects.create(id=collection)
    stored = Path(default_storage.path(collection))
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.symlink_to(files[0].parent)
    rows = [
        ChecksumFile(collection_id=collection, blob=f"{collection}/{path.name}", name=path.name, version="1")
        for path in files
    ]
    ChecksumFile.objects.bulk_create(rows)
    Item.objects.bulk_create(
        item_of(path.stem, bounds(path), row, collection=collection) for path, row in zip(files, rows, strict=True)
    )


def item_of(name: str, box: Box, file: ChecksumFile, *, collection: str) -> Item:
    return Item(
        collection_id=collection,
        item_id=name,
        geometry=Polygon.from_bbox(box),
        bbox=list(box),
        datetime=TAKEN,
        start_datetime=TAKEN,
        end_datetime=TAKEN,
        properties={"datetime": TAKEN.isoformat()},
        assets={"data": {"href": f"/{file.name}", "roles": ["data"]}},
        asset_files={"data": str(file.pk)},
    )


def measure_many() -> list[str]:
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        register(write_many(Path(folder)), collection="many")
        user = User.objects.create(username="benchmark")
        search = register_search(user=user, body={"collections": ["many"]}, metadata={"overviews": True})
        for title in ("first refresh", "refresh after one item changed"):
            start = time.perf_counter()
            refresh_overviews(search.pk)
            lines.append(f"{MANY} scenes, {title}: {time.perf_counter() - start:.1f} s")
            Item.objects.filter(collection_id="many", item_id="0").update(version=F("version") + 1)
        mosaic._searches.clear()  # noqa: SLF001 -- seconds later it would be read anew
        for zoom, places in VIEWPORTS.items():
            seconds = timed(Client().get, [f"/tiles/searches/{search.pk}/tiles/{place}.webp" for place in places])
            lines.append(f"{MANY} scenes, {len(places)} tiles of zoom {zoom}: {sum(seconds) * 1000:.0f} ms in all")
    return lines


def write_many(folder: Path) -> list[Path]:
    base = np.clip(110 + relief(1, SIDE) * 0.8, 0, 255).astype(np.uint8)
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(4326)
    paths = []
    for number in range(MANY):
        row, column = divmod(number, 100)
        path = folder / f"{number}.tif"
        dataset = gdal.GetDriverByName("GTiff").Create(str(path), SIDE, SIDE, 3, gdal.GDT_Byte, ["PHOTOMETRIC=RGB"])
        dataset.SetProjection(reference.ExportToWkt())
        cell = DEGREES / SIDE
        dataset.SetGeoTransform((column * DEGREES, cell, 0, 60 - row * DEGREES, 0, -cell))
        for band in range(1, 4):
            dataset.GetRasterBand(band).WriteArray(np.roll(base, number * band, axis=1))
        paths.append(path)
        del dataset
    return paths
