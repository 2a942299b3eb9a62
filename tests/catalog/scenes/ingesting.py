"""Ingest the files of a folder as scenes, in this process, and compare what came of it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from osgeo import gdal, osr

from catalog.documents.validation import checked_item
from catalog.models import Collection, IngestJob, IngestSource, Item
from catalog.services.files.storing import store_upload
from catalog.services.ingest.jobs import create_job
from catalog.services.ingest.sources import process_source
from catalog.services.ingest.specs import SourceSpec
from tests.real_data import SHARED_DATA

SCENES = SHARED_DATA / "scenes"


def shared_scene(name: str) -> Path:
    """Return the folder of a real scene; skip the test where there is none."""
    if not (SCENES / name).is_dir():
        pytest.skip("the shared scenes are not here")
    return SCENES / name


def put_folder(bucket: Any, folder: Path, prefix: str) -> None:
    """Copy a folder's files to below a prefix of the bucket `imagery`."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            bucket.upload_file(str(path), "imagery", f"{prefix}{path.relative_to(folder).as_posix()}")


def ingest(user: Any, collection: Collection, sources: list[SourceSpec], **options: Any) -> IngestJob:
    """Ingest sources to their end, and what they are expanded to."""
    job = create_job(user=user, collection_id=collection.pk, sources=sources, options=options)
    while source := job.sources.filter(state=IngestSource.State.QUEUED).first():
        process_source(source.pk)
    return job


def upload(user: Any, folder: Path) -> list[SourceSpec]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as stream:
                found.append(SourceSpec(file=store_upload(user=user, name=path.name, stream=stream).pk))
    return found


def outcome(job: IngestJob) -> list[tuple[str, str, str, str]]:
    return [(each.kind, each.name, each.state, each.error_description) for each in job.sources.order_by("pk")]


def only_item(job: IngestJob) -> Item:
    items = Item.objects.filter(collection_id=job.collection_id)
    assert len(items) == 1, [item.item_id for item in items]
    return items[0]


def write_band(path: Path, *, value: int = 100, epsg: int = 32633, size: int = 32, data_type: str = "UInt16") -> Path:
    """Write a one-band GeoTIFF of UTM zone 33 whose values lie around ``value``; 0 stands for no data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), size, size, 1, gdal.GetDataTypeByName(data_type))
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((500_000.0, 30.0, 0.0, 5_000_000.0, 0.0, -30.0))
    rows, columns = np.mgrid[0:size, 0:size]
    dataset.GetRasterBand(1).SetNoDataValue(0)
    dataset.GetRasterBand(1).WriteArray(value + (rows + columns) % 7)
    del dataset
    return path


def overlap_of(item: Item, expected: dict[str, Any]) -> float:
    """Return the common area of two footprints as a part of all that they cover."""
    own, other = (shapely.make_valid(shapely.geometry.shape(each)) for each in (_geometry(item), expected["geometry"]))
    return float(own.intersection(other).area / own.union(other).area)


def _geometry(item: Item) -> dict[str, Any]:
    assert item.geometry
    return dict(json.loads(item.geometry.geojson))


def checked(item: Item) -> dict[str, Any]:
    """Return the item's document, once it has proved to be valid STAC."""
    document = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": item.stac_extensions,
        "id": item.item_id,
        "geometry": _geometry(item),
        "bbox": item.bbox,
        "properties": item.properties,
        "assets": item.assets,
        "links": [],
        "collection": item.collection_id,
    }
    return checked_item(document, collection_id=item.collection_id)
