"""Small real rasters that tests ingest."""

from pathlib import Path

import numpy as np
from django.contrib.auth.models import User
from osgeo import gdal, osr

from catalog.models import Collection, Item
from catalog.services.files.storing import store_upload
from catalog.services.ingest.imagery import write_imagery_item

WEST, NORTH, PIXEL = 500_000.0, 5_000_000.0, 20.0
SIZE = 256


def write_scene(path: Path, *, seed: int = 0, epsg: int = 32633, size: int = SIZE) -> np.ndarray:
    """Write a UTM GeoTIFF of three uint8 bands, smooth so that resampling hardly changes it; return its pixels."""
    rows, columns = np.mgrid[0:size, 0:size].astype(np.float64)
    pixels = np.stack(
        [
            40 + 160 * columns / size,
            40 + 160 * rows / size,
            128 + 80 * np.sin((rows + columns + 10 * seed) / 40),
        ]
    ).astype(np.uint8)
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), size, size, 3, gdal.GDT_Byte, ["TILED=YES", "COMPRESS=DEFLATE", "PHOTOMETRIC=RGB"]
    )
    reference = osr.SpatialReference()
    reference.ImportFromEPSG(epsg)
    dataset.SetProjection(reference.ExportToWkt())
    dataset.SetGeoTransform((WEST, PIXEL, 0.0, NORTH, 0.0, -PIXEL))
    dataset.SetMetadataItem("TIFFTAG_DATETIME", "2024:05:01 10:30:00")
    for index, band in enumerate(pixels, start=1):
        dataset.GetRasterBand(index).WriteArray(band)
    del dataset
    return pixels


def ingest_upload(path: Path, *, user: User, collection: Collection) -> Item:
    """Return the item of a file that the user uploaded: its imagery lies in storage."""
    with path.open("rb") as stream:
        file = store_upload(user=user, name=path.name, stream=stream)
    file.collection = collection
    file.save()
    return write_imagery_item(file, options={})
