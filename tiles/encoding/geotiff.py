"""Write georeferenced values or colors as GeoTIFF or COG in memory, freed when they have been read."""

import io
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from osgeo import gdal, osr

from tiles.errors import SourceCorrupt

Bands = Sequence[npt.NDArray[Any]]

# By name: creation options. The lowest levels; the next ones take twice as long for a few percent.
COMPRESSIONS = {
    "none": ("COMPRESS=NONE",),
    "lzw": ("COMPRESS=LZW",),
    "deflate": ("COMPRESS=DEFLATE", "ZLEVEL=1"),
    "zstd": ("COMPRESS=ZSTD", "ZSTD_LEVEL=1"),
}
# A file to look at now is quickest as it is, and every program reads it; one to keep is worth the time.
DEFAULT_COMPRESSION = "none"
DEFAULT_COG_COMPRESSION = "deflate"
TIFF_OPTIONS = ("TILED=YES", "INTERLEAVE=BAND", "BIGTIFF=IF_SAFER")
COG_OPTIONS = ("PREDICTOR=YES", "BLOCKSIZE=512", "BIGTIFF=IF_SAFER", "RESAMPLING=NEAREST")
RGB = (gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand)
# Below this side, tiles are larger than the image.
TILED_ABOVE = 256
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Content:
    """Hold what goes into a file: ``bands`` of one shape, their names, where they lie.

    ``labels``: what the bands say of themselves, one each; none of what was computed. ``shown``: which pixels are
    valid, for values without a ``nodata`` value. ``transform``: GDAL's six numbers; None for what isn't on Earth.
    ``wkt``: the coordinate system. ``is_color``: red, green, blue and perhaps alpha.
    """

    bands: Bands
    names: Sequence[str]
    nodata: float | None = None
    shown: npt.NDArray[np.bool_] | None = None
    transform: tuple[float, ...] | None = None
    wkt: str = ""
    is_color: bool = False
    labels: Sequence["Label"] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """Hold what a band says of itself: description, color (``gdal.GCI_*``), scale, offset, unit, colors of values."""

    description: str = ""
    interpretation: int = gdal.GCI_Undefined
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    palette: tuple[tuple[int, int, int, int], ...] = ()


class MemoryFile(io.RawIOBase):
    """Read a file of GDAL's memory, deleted when it is closed."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path
        self.size: int = gdal.VSIStatL(path).size
        self._file = gdal.VSIFOpenL(path, "rb")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        content = gdal.VSIFReadL(1, len(buffer), self._file) or b""
        buffer[: len(content)] = content
        return len(content)

    def read(self, size: int = -1) -> bytes:
        """Read at most ``size`` bytes (-1: all), without the copy that the base class makes."""
        return bytes(gdal.VSIFReadL(1, self.size if size < 0 else size, self._file) or b"")

    def close(self) -> None:
        if not self.closed:
            gdal.VSIFCloseL(self._file)
            gdal.Unlink(self.path)
        super().close()


def write_geotiff(content: Content, *, cog: bool = False, compression: str = "") -> MemoryFile:
    """Write the content as a file to read once, which the caller closes. Raises SourceCorrupt when GDAL can't.

    ``compression``: one of `COMPRESSIONS`; empty: the default of the kind of file.
    """
    path = f"/vsimem/region-{next(_numbers)}.tif"
    options = _options(content, cog=cog, compression=compression)
    try:
        with _inner_mask():
            if cog:
                source = _create(content, "MEM", "", [])
                written = gdal.GetDriverByName("COG").CreateCopy(path, source, options=options)
            else:
                written = _create(content, "GTiff", path, options)
            written.FlushCache()
            del written
    except RuntimeError as error:
        gdal.Unlink(path)
        raise SourceCorrupt("The region can't be written as GeoTIFF") from error
    return MemoryFile(path)


def _options(content: Content, *, cog: bool, compression: str) -> list[str]:
    if cog:
        method, *_ = COMPRESSIONS[compression or DEFAULT_COG_COMPRESSION]
        return [*COG_OPTIONS, method, *(["LEVEL=1"] if "DEFLATE" in method or "ZSTD" in method else [])]
    chosen = compression or DEFAULT_COMPRESSION
    predictor = "PREDICTOR=3" if content.bands[0].dtype.kind == "f" else "PREDICTOR=2"
    options = [*COMPRESSIONS[chosen], *([predictor] if chosen != "none" else [])]
    is_small = max(content.bands[0].shape) <= TILED_ABOVE
    usual = [option for option in TIFF_OPTIONS if option != "TILED=YES" or not is_small]
    # Of an option that is given twice, GDAL takes the first.
    return [*options, *_photometric(content), *usual]


def _photometric(content: Content) -> list[str]:
    """Return how a TIFF names its bands: left to itself, GDAL takes four of bytes for colors and alpha."""
    if content.is_color or len(content.bands) < len(RGB) or content.bands[0].dtype.kind == "f":
        return []
    colors = [label.interpretation for label in content.labels]
    if tuple(colors[:3]) != RGB:
        return ["PHOTOMETRIC=MINISBLACK", "ALPHA=NO"]
    if gdal.GCI_AlphaBand in colors:
        return ["PHOTOMETRIC=RGB", "ALPHA=YES"]
    # Pillow reads colors and a fourth band that isn't alpha only where they lie side by side.
    return ["PHOTOMETRIC=RGB", "ALPHA=NO", *(["INTERLEAVE=PIXEL"] if len(colors) > len(RGB) else [])]


@contextmanager
def _inner_mask() -> Iterator[None]:
    """Have GDAL write masks into the file: else a mask becomes a second file beside the first."""
    before = gdal.GetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK")
    gdal.SetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    try:
        yield
    finally:
        gdal.SetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", before)


def _create(content: Content, driver: str, path: str, options: list[str]) -> Any:
    """Make a new dataset with the content."""
    height, width = content.bands[0].shape
    kind = np.result_type(*content.bands)
    # GDAL before 3.7 knows no bytes with a sign.
    bands = [band.astype(np.int16 if kind == np.int8 else kind, copy=False) for band in content.bands]
    data_type = _gdal_type(bands[0].dtype)
    dataset = gdal.GetDriverByName(driver).Create(path, width, height, len(bands), data_type, options)
    if content.transform:
        dataset.SetGeoTransform(content.transform)
    if content.wkt:
        srs = osr.SpatialReference()
        srs.SetFromUserInput(content.wkt)
        dataset.SetSpatialRef(srs)
    _write_bands(dataset, bands, content)
    if content.shown is not None:
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(content.shown.astype(np.uint8) * np.uint8(255))
    return dataset


def _write_bands(dataset: Any, bands: Bands, content: Content) -> None:
    """Write metadata, then pixels: the other way round a TIFF's directory would have to be written again."""
    for number, name in enumerate(content.names, 1):
        band = dataset.GetRasterBand(number)
        band.SetDescription(name)
        if content.nodata is not None:
            band.SetNoDataValue(content.nodata)
        if content.is_color:
            band.SetColorInterpretation(_color(number, len(bands)))
    for number, label in enumerate(content.labels, 1):
        _write_label(dataset.GetRasterBand(number), label)
    for number, values in enumerate(bands, 1):
        dataset.GetRasterBand(number).WriteArray(np.ascontiguousarray(values))


def _write_label(band: Any, label: Label) -> None:
    if label.description:
        band.SetDescription(label.description)
    if label.unit:
        band.SetUnitType(label.unit)
    if (label.scale, label.offset) != (1.0, 0.0):
        band.SetScale(label.scale)
        band.SetOffset(label.offset)
    if label.palette and band.DataType in (gdal.GDT_Byte, gdal.GDT_UInt16):
        table = gdal.ColorTable()
        for value, color in enumerate(label.palette):
            table.SetColorEntry(value, color)
        band.SetColorTable(table)
    elif label.interpretation not in (gdal.GCI_Undefined, gdal.GCI_PaletteIndex):
        band.SetColorInterpretation(label.interpretation)


def _color(number: int, count: int) -> int:
    order = [gdal.GCI_GrayIndex] if count <= 2 else [gdal.GCI_RedBand, gdal.GCI_GreenBand, gdal.GCI_BlueBand]
    return int([*order, gdal.GCI_AlphaBand][number - 1])


def _gdal_type(kind: np.dtype[Any]) -> int:
    from osgeo import gdal_array  # noqa: PLC0415 -- only writers need it

    return int(gdal_array.NumericTypeCodeToGDALTypeCode(kind))
