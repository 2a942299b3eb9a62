"""Open a GDAL dataset and ask once what rendering needs to know of it."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
from osgeo import gdal

from tiles.errors import InvalidParameter, OutsideBounds, UnsupportedOperation
from tiles.geo.cf_axes import geographic_system
from tiles.geo.footprint import Footprint, find_footprint
from tiles.geo.georeference import (
    AffineReference,
    AnyReference,
    ModelReference,
    PixelReference,
    coverage,
    georeferencing_method,
)
from tiles.geo.grids import WGS84, Box, Grid, pixel_grid
from tiles.sources.conditions import TIES, own_condition
from tiles.sources.cubes import axes_of
from tiles.sources.description import (
    color_name,
    crs_name,
    describe_band_header,
    describe_header,
    json_ready,
    large_image_header,
    pixel_micrometres,
    valid_text,
)
from tiles.sources.drivers import OPENED_AS, OWN_DOMAIN, explain_failure
from tiles.sources.reference import SourceRef
from tiles.sources.statistics import DEFAULT_SAMPLE_PIXELS, BandStatistics, read_sample, summarize
from tiles.sources.subdatasets import subdatasets
from tiles.sources.validity import FILE_TYPES, Validity, band_type, own_nodata

COMPLEX_TYPES = (gdal.GDT_CInt16, gdal.GDT_CInt32, gdal.GDT_CFloat32, gdal.GDT_CFloat64)
# What an open file costs besides its pixels: handles, tags, and a few bytes of index a block.
OPEN_FILE_BYTES = 256 * 1024
BLOCK_INDEX_BYTES = 16
# Coordinate systems that an open image keeps its way to: requests may name any of thousands.
MAX_REFERENCES = 32


def check_band(index: int, count: int) -> None:
    """Raise InvalidParameter when an image of ``count`` bands has no band ``index``, counted from 1."""
    if not 1 <= index <= count:
        has = f"bands 1-{count}" if count > 1 else "band 1 only"
        raise InvalidParameter(f"Band {index} of bidx, expression or style doesn't exist: the image has {has}")


@dataclass(frozen=True, slots=True)
class BandInfo:
    """Describe a band: type (``gdal.GDT_*``) and its name, nodata, color (``gdal.GCI_*``), description, scale, unit.

    ``dtype``: what its values are read as. ``bits``: of a value, where they are fewer than the type's; else 0.
    ``is_complete``: whether no value can stand for a missing one.
    """

    index: int
    data_type: int
    type_name: str
    dtype: np.dtype[Any]
    bits: int
    is_complete: bool
    nodata: float | None
    interpretation: int
    description: str
    scale: float
    offset: float
    unit: str

    @property
    def is_byte(self) -> bool:
        return self.dtype == np.uint8

    @property
    def is_complex(self) -> bool:
        return self.data_type in COMPLEX_TYPES


class RasterSource:
    """Know of a raster what GDAL tells without reading pixels. Belongs to the thread that opened it.

    `tiles.rendering.image.RasterImage` adds what `tiles.sources.protocol.Source` reads and paints.
    """

    shareable = False
    has_native_tiles = False

    def __init__(self, ref: SourceRef, dataset: Any) -> None:
        self.ref = ref
        self.dataset = dataset
        self.width: int = dataset.RasterXSize
        self.height: int = dataset.RasterYSize
        self.band_count: int = dataset.RasterCount
        self.driver = str(dataset.GetMetadataItem(OPENED_AS, OWN_DOMAIN) or dataset.GetDriver().ShortName)
        self.method = georeferencing_method(dataset)
        is_affine = self.method == "GEOTRANSFORM"
        self.geotransform: tuple[float, ...] | None = tuple(dataset.GetGeoTransform()) if is_affine else None
        self.is_geospatial = bool(self.method)
        # Statistics that the reference didn't bring, by band and nodata value.
        self.measured: dict[tuple[int, str | None], BandStatistics | None] = {}
        # What styles come down to, see `tiles.styling.resolving`.
        self.resolved: dict[Any, Any] = {}
        # Ranges of expressions, by their text and the images they read.
        self.measured_ranges: dict[tuple[Any, ...], tuple[tuple[float, float], ...]] = {}
        self._bands: dict[int, BandInfo] = {}
        self._references: dict[str, AnyReference] = {}
        self._coverage: dict[str, tuple[Box, ...]] = {}

    @property
    def raster(self) -> "RasterSource":
        return self

    @property
    def dtype(self) -> np.dtype[Any]:
        return FILE_TYPES.get(self.band(1).type_name, self.band(1).dtype)

    @property
    def nodata(self) -> float | None:
        return self.band(1).nodata

    @cached_property
    def wkt(self) -> str:
        if self.method != "GEOTRANSFORM":
            return ""
        srs: Any = self.dataset.GetSpatialRef() or geographic_system(self.dataset)
        return str(srs.ExportToWkt())

    def band(self, index: int) -> BandInfo:
        """Return what is known of band ``index`` (from 1). Raises InvalidParameter when there is none."""
        if index not in self._bands:
            if not 1 <= index <= self.band_count:
                check_band(index, self.band_count)
            band = self.dataset.GetRasterBand(index)
            name, dtype = band_type(band)
            nodata = band.GetNoDataValue()
            bits = band.GetMetadataItem("NBITS", "IMAGE_STRUCTURE") or ""
            self._bands[index] = BandInfo(
                index=index,
                data_type=band.DataType,
                type_name=name,
                dtype=dtype,
                bits=int(bits) if bits.isdecimal() else 0,
                is_complete=nodata is None and dtype.kind in "ui",
                nodata=None if nodata is None else own_nodata(nodata, dtype),
                interpretation=band.GetColorInterpretation(),
                description=text if (text := band.GetDescription()).isascii() else valid_text(text),
                scale=1.0 if band.GetScale() is None else band.GetScale(),
                offset=band.GetOffset() or 0.0,
                unit=text if (text := band.GetUnitType()).isascii() else valid_text(text),
            )
        return self._bands[index]

    def check_band(self, index: int) -> None:
        """Raise InvalidParameter when there is no such band."""
        check_band(index, self.band_count)

    @cached_property
    def validity(self) -> Validity:
        """Return what hides pixels beside their values."""
        return Validity(self.dataset)

    @cached_property
    def alpha_band(self) -> int:
        """Return the index of the alpha band, wherever it is; 0 when there is none."""
        return self.validity.alpha_band

    def is_complete(self, indexes: Sequence[int]) -> bool:
        """Tell whether no pixel of these bands can be missing, by what the file says of itself."""
        return not self.validity.hides and all(map(attrgetter("is_complete"), map(self.band, indexes)))

    @cached_property
    def palette(self) -> tuple[tuple[int, int, int, int], ...] | None:
        """Return the first band's color table as (red, green, blue, alpha) of each value."""
        table = self.dataset.GetRasterBand(1).GetRasterColorTable()
        return tuple(table.GetColorEntry(i) for i in range(table.GetCount())) if table and table.GetCount() else None

    @cached_property
    def level_sizes(self) -> tuple[tuple[int, int], ...]:
        """Return (width, height) of the image and then of each overview, as GDAL numbers them."""
        band = self.dataset.GetRasterBand(1)
        sizes = [(self.width, self.height)]
        for index in range(band.GetOverviewCount()):
            overview = band.GetOverview(index)
            sizes.append((overview.XSize, overview.YSize) if overview else (0, 0))
        return tuple(sizes)

    def level_band(self, index: int, level: int) -> Any:
        band = self.dataset.GetRasterBand(index)
        return band.GetOverview(level - 1) if level else band

    def reference(self, grid: Grid) -> AnyReference:
        if grid.crs not in self._references:
            if len(self._references) >= MAX_REFERENCES:
                self._references.clear()
                self._coverage.clear()
            try:
                if not grid.crs:
                    found: AnyReference = PixelReference(self.width, self.height)
                elif self.method == "GEOTRANSFORM":
                    found = AffineReference(self.dataset, grid.crs)
                else:
                    found = ModelReference(self.dataset, grid.crs, method=self.method)
            except RuntimeError:
                message = f"No way is known from {grid.identifier} to the image's own system"
                raise UnsupportedOperation(message) from None
            self._references[grid.crs] = found
        return self._references[grid.crs]

    def coverage(self, grid: Grid) -> tuple[Box, ...]:
        found = self._coverage.get(grid.crs)
        if found is None:
            whole = (0.0, 0.0, float(self.width), float(self.height))
            found = (whole,) if not grid.crs else coverage(self.reference(grid), grid)
            self._coverage[grid.crs] = found
        return found

    @cached_property
    def footprint(self) -> Footprint | None:
        """Return the image's outline on Earth; None where it has no place there."""
        try:
            return find_footprint(self.reference(WGS84)) if self.is_geospatial else None
        except UnsupportedOperation:
            return None

    @cached_property
    def pixel_grid(self) -> Grid:
        return pixel_grid(self.width, self.height)

    def scaling(self, index: int) -> tuple[float, float] | None:
        band = self.band(index)
        return band.scale, band.offset

    def band_statistics(self, index: int, *, nodata: float | None = None) -> BandStatistics | None:
        """Return stored statistics of a band, else measure a sample once; None when no pixel is valid.

        ``nodata``: a value that is missing instead of those that the file says are.
        """
        own = nodata is None or (nodata == self.band(index).nodata and not self.validity.hides)
        stored = self.ref.statistics[index - 1] if own and len(self.ref.statistics) >= index else None
        if stored is not None:
            return stored
        key = (index, None if own else repr(nodata))
        if key not in self.measured:
            try:
                with own_condition(self.ref.location) if TIES.by_location else nullcontext():
                    values, valid = read_sample(self.dataset, index, nodata=nodata)
            except RuntimeError as error:
                raise explain_failure(self.ref, error) from error
            self.measured[key] = summarize(values if valid.all() else values[valid], total=values.size)
        return self.measured[key]

    def read_sample(
        self, index: int, *, nodata: float | None = None, max_pixels: int = DEFAULT_SAMPLE_PIXELS
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Read a reduced copy of a band and which of its pixels are valid, both (rows, columns)."""
        try:
            with own_condition(self.ref.location) if TIES.by_location else nullcontext():
                return read_sample(self.dataset, index, nodata=nodata, max_pixels=max_pixels)
        except RuntimeError as error:
            raise explain_failure(self.ref, error) from error

    def sampled_values(self, index: int) -> npt.NDArray[Any]:
        values, valid = self.read_sample(index)
        return values[valid]

    @property
    def metadata(self) -> dict[str, Any]:
        return {}

    @property
    def internal_metadata(self) -> dict[str, Any]:
        return large_image_header(self.dataset)

    @property
    def associated_names(self) -> list[str]:
        return []

    def associated_image(self, name: str) -> Any:
        raise OutsideBounds(f"No associated image is called {name[:60]!r}; there is none")

    def describe(self) -> dict[str, Any]:
        """Describe size, format, bands and coordinate system."""
        document: dict[str, Any] = {
            "driver": self.driver,
            "subdatasets": list(subdatasets(self.ref)),
            "geospatial": self.is_geospatial,
            "width": self.width,
            "height": self.height,
            "count": self.band_count,
            "dtype": self.band(1).type_name.lower(),
            "overviews": [width for width, _ in self.level_sizes[1:]],
            "blocksize": list(self.dataset.GetRasterBand(1).GetBlockSize()),
        }
        if not self.ref.bands and (axes := axes_of(self.ref, self.dataset)):
            document["axes"] = axes
        if not self.is_geospatial and (size := pixel_micrometres(self.dataset)):
            document["pixel_size_um"] = list(size)
        if self.is_geospatial:
            document["georeferencing"] = self.method
            srs = self.dataset.GetSpatialRef() or geographic_system(self.dataset) or self.dataset.GetGCPSpatialRef()
            if srs is not None:
                document["crs"] = crs_name(srs)
        return document

    def describe_band(self, index: int) -> dict[str, Any]:
        band = self.band(index)
        return {
            "index": index,
            "description": band.description,
            "dtype": band.type_name.lower(),
            # JSON has neither NaN nor infinity.
            "nodata": json_ready(band.nodata),
            "interpretation": color_name(band.interpretation),
            "scale": band.scale,
            "offset": band.offset,
            "unit": band.unit,
        }

    def describe_frames(self) -> list[dict[str, Any]]:
        return [{"bands": [self.describe_band(index) for index in range(1, self.band_count + 1)]}]

    def describe_internals(self) -> dict[str, Any]:
        bands = [
            self.describe_band(index) | describe_band_header(self.dataset.GetRasterBand(index))
            for index in range(1, self.band_count + 1)
        ]
        return describe_header(self.dataset) | {"bands": bands}

    @cached_property
    def estimated_bytes(self) -> int:
        block_width, block_height = self.dataset.GetRasterBand(1).GetBlockSize()
        blocks = -(-self.width // block_width) * -(-self.height // block_height)
        return int(OPEN_FILE_BYTES + blocks * BLOCK_INDEX_BYTES)
