"""Slides of a usual size, made of the shared ones': their picture side by side, in the three formats that are measured.

The shared ones have some 100 tiles, which the peer's readers keep decoded in memory; a real one has tens of thousands.
"""

from pathlib import Path

import numpy as np
import pydicom
import tifftools  # type: ignore[import-untyped]
from osgeo import gdal
from pydicom.encaps import encapsulate
from pydicom.uid import generate_uid

from benchmarks.places import CACHE, shared_data
from tiles.slides.native_tiff import tiff_levels
from tiles.slides.native_tiles import NativeLevel
from tiles.slides.tiff_directories import SUB_DIRECTORIES
from tiles.sources.gdal_env import configure_gdal

FOLDER = CACHE / "slides"
# So many pictures a side.
TIMES = 6
# Micrometres of a pixel of the shared slide.
PIXEL = 0.499
TILE = 256
REDUCTIONS = (2, 4, 8, 16)
# TIFF's types of values.
ASCII, DIRECTORY = 2, 13
APERIO = (
    f"Aperio Image Library v11.2.1\r\n{{}}x{{}} [0,0 {{}}x{{}}] ({{}}x{{}}) JPEG/RGB Q=75|AppMag = 20|MPP = {PIXEL}"
)
OME = (
    '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0"><Pixels '
    'ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="{}" SizeY="{}" SizeC="3" SizeZ="1" SizeT="1" '
    f'PhysicalSizeX="{PIXEL}" PhysicalSizeY="{PIXEL}"><Channel ID="Channel:0:0" SamplesPerPixel="3"/>'
    '<TiffData IFD="0" PlaneCount="1"/></Pixels></Image></OME>'
)


def make_slides() -> dict[str, Path]:
    """Name → file, drawn when they aren't there."""
    configure_gdal()
    found = {"svs": FOLDER / "large.svs", "ometiff": FOLDER / "large.ome.tif", "dicom": FOLDER / "dicom" / "0.dcm"}
    if not all(path.exists() for path in found.values()):
        (FOLDER / "dicom").mkdir(parents=True, exist_ok=True)
        draft = FOLDER / "draft.tif"
        size = _write_pyramid(draft)
        _write_svs(draft, found["svs"], size=size)
        _write_ome(draft, found["ometiff"], size=size)
        draft.unlink()
        _write_dicom(found["dicom"].parent, tiff_levels(str(found["ometiff"])))
    return found


def _write_pyramid(path: Path) -> tuple[int, int]:
    """Write the picture again and again, as a TIFF of JPEG tiles with overviews; its width and height."""
    picture = gdal.Open(str(shared_data() / "medical" / "cmu-1-small-region-pyramid.ome.tif")).ReadAsArray()
    rows, columns = picture.shape[1:]
    gdal.SetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE", str(TILE))
    options = ["TILED=YES", "COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", f"BLOCKXSIZE={TILE}", f"BLOCKYSIZE={TILE}"]
    width, height = columns * TIMES, rows * TIMES
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, 3, options=options)
    strip = np.tile(picture, (1, 1, TIMES))
    for number in range(TIMES):
        dataset.WriteArray(strip, 0, number * rows)
    dataset.FlushCache()
    dataset.BuildOverviews("AVERAGE", REDUCTIONS)
    return width, height


def _write_svs(draft: Path, path: Path, *, size: tuple[int, int]) -> None:
    info = tifftools.read_tiff(str(draft))
    text = APERIO.format(*size, *size, TILE, TILE)
    info["ifds"][0]["tags"][tifftools.Tag.ImageDescription.value] = {"datatype": ASCII, "data": text}
    tifftools.write_tiff(info, str(path), allowExisting=True)


def _write_ome(draft: Path, path: Path, *, size: tuple[int, int]) -> None:
    """Write an OME-TIFF whose overviews are the first directory's own, as OME has them."""
    info = tifftools.read_tiff(str(draft))
    first, *overviews = info["ifds"]
    first["tags"][tifftools.Tag.ImageDescription.value] = {"datatype": ASCII, "data": OME.format(*size)}
    first["tags"][SUB_DIRECTORIES] = {"datatype": DIRECTORY, "ifds": [[each] for each in overviews]}
    info["ifds"] = [first]
    tifftools.write_tiff(info, str(path), allowExisting=True)


def _write_dicom(folder: Path, levels: tuple[NativeLevel, ...]) -> None:
    """One file a level, with the same tiles and what the shared series says of itself."""
    header = pydicom.dcmread(shared_data() / "medical" / "cmu-dicom-wsi" / "level_2220x2967.dcm")
    for number, level in enumerate(levels):
        columns, rows = -(-level.width // level.tile_width), -(-level.height // level.tile_height)
        frames = list(level.read([(column, row) for row in range(rows) for column in range(columns)]))
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        header.TotalPixelMatrixColumns, header.TotalPixelMatrixRows = level.width, level.height
        header.NumberOfFrames, header.Rows, header.Columns = len(frames), level.tile_height, level.tile_width
        spacing = [PIXEL / 1000 * level.factor] * 2
        header.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = spacing
        header.ImageType = [
            "ORIGINAL" if number == 0 else "DERIVED",
            "PRIMARY",
            "VOLUME",
            "NONE" if number == 0 else "RESAMPLED",
        ]
        header.PixelData = encapsulate([frame for frame in frames if frame is not None])
        header.save_as(folder / f"{number}.dcm")
