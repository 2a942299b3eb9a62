# ruff: noqa: N802, N803, N815, FBT001, FBT002 -- names and signatures of methods are large-image's
"""Offer large-image a tile source that reads with this app: ``large_image.open(path).getTile(x, y, z)``.

Registered as entry points ``large_image.source`` by the distribution; `register` does it in a process without one. Two
classes, since large-image tells images on Earth and others apart by class. Both open what `tiles.sources.registry`
opens and refuse what it refuses; styles are large-image's documents without ``function``, which would run code.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from large_image import config
from large_image.cache_util import LruCacheMetaclass, methodcache
from large_image.constants import (
    PROJECTION_SENTINEL,
    TILE_FORMAT_IMAGE,
    TILE_FORMAT_NUMPY,
    SourcePriority,
    TileOutputMimeTypes,
)
from large_image.exceptions import TileSourceError, TileSourceFileNotFoundError
from large_image.tilesource import AvailableTileSources
from large_image.tilesource.base import FileTileSource
from large_image.tilesource.geo import GDALBaseFileTileSource
from large_image.tilesource.utilities import ImageBytes, JSONDict, _calculateWidthHeight, _encodeImage

from tiles.encoding.formats import PNG, WEBP
from tiles.errors import OutsideBounds, SourceNotFound, TilesError
from tiles.geo.crs import transform_box
from tiles.geo.grids import Box, Grid, TileArea
from tiles.large_image import metadata as words
from tiles.large_image.locations import content_version, gdal_location
from tiles.large_image.projections import projected_grid
from tiles.limits import DEFAULT_LIMITS
from tiles.regions.picture import render_picture
from tiles.rendering.tile import render_tile
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.pool import POOL
from tiles.sources.protocol import Source
from tiles.sources.reference import SourceRef
from tiles.styling.painting import Picture
from tiles.styling.style import Style, parse_style

# What is encoded here: large-image's own encoder, Pillow's, takes several times as long for these.
ENCODED = {"PNG": PNG, "WEBP": WEBP}
# Pixels a side of a region that is painted at once; a larger one is put together of tiles.
REGION_SIDE = 4096
# Keywords of `getRegion` that are done at once.
AT_ONCE = {"region", "output", "encoding", "jpegQuality", "jpegSubsampling", "tiffCompression", "frame"}
# A document that asks for raw values.
# How OpenCV calls what Pillow numbers.
SUBSAMPLING = (
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
)
RAW: tuple[Any, ...] = ({}, "{}")
EARTH = ("tif", "tiff", "geotiff", "cog", "jp2", "nc", "grib", "grib2", "grb", "grb2", "ntf", "nitf", "img", "hgt")
SLIDES = ("svs", "ndpi", "tif", "tiff", "ome", "ptif", "ptiff", "qptiff", "dcm", "dic", "dicom", "scn", "bif", "jp2")


class _TileSource(FileTileSource):  # type: ignore[misc]
    """Implement what both sources share; each call leases the image from the pool, so that threads may share one."""

    on_earth = False

    def __init__(self, path: Any, projection: Any = PROJECTION_SENTINEL, **kwargs: Any) -> None:
        super().__init__(path, **kwargs)
        configure_gdal()
        with self._errors():
            location = gdal_location(self.largeImagePath)
            self.reference = SourceRef(location, version=content_version(location))
        with self._lease() as source:
            if source.is_geospatial != self.on_earth:
                raise TileSourceError("The image is read by this package's other source")
            self.grid = self._find_grid(source, projection)
            document = words.metadata(source, self.grid)
            self._internal = words.internal_metadata(source)
            self._associated = source.associated_names
        if not document["frames"]:
            document.pop("frames")
        self._document = JSONDict(document)
        for name in ("levels", "sizeX", "sizeY", "tileWidth", "tileHeight"):
            setattr(self, name, document[name])

    def _find_grid(self, source: Source, projection: Any) -> Grid:
        del projection
        return source.pixel_grid

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise large-image's errors for this app's."""
        try:
            yield
        except SourceNotFound as error:
            raise TileSourceFileNotFoundError(str(error)) from error
        except TilesError as error:
            raise TileSourceError(str(error)) from error

    @contextmanager
    def _lease(self) -> Iterator[Source]:
        with self._errors(), POOL.lease(self.reference) as source:
            yield source

    def find_style(self, frame: int) -> Style:
        """Return the source's style for a frame. Raises InvalidParameter for what the document may not hold."""
        document = self._jsonstyle
        query = {} if document in (None, *RAW) else {"style": self._text(document)}
        return parse_style(query | ({"frame": str(frame)} if frame else {}))

    @staticmethod
    def _text(document: Any) -> str:
        return document if isinstance(document, str) else json.dumps(document)

    @methodcache()  # type: ignore[untyped-decorator]
    def getTile(
        self,
        x: int,
        y: int,
        z: int,
        pilImageAllowed: bool = False,
        numpyAllowed: Any = False,
        **kwargs: Any,
    ) -> Any:
        """Return an encoded tile, or with ``numpyAllowed`` its array: colors, raw values where the style is ``{}``."""
        x, y, z, frame = int(x), int(y), int(z), self._getFrame(**kwargs)
        if self.grid.is_pixels:
            self._xyzInRange(x, y, z, frame, self.frames)
        if numpyAllowed and self._jsonstyle in RAW:
            return self._crop(self._read(self.grid.tile(x=x, y=y, z=z), frame), x, y, z)
        with self._lease() as source:
            style = self.find_style(frame)
            plain = not (pilImageAllowed or numpyAllowed or self.edge)
            native = plain and self.encoding == "JPEG" and source.native_tile(self.grid, (z, x, y), style=style, size=0)
            if native:
                return native
            try:
                picture = render_tile(source, self.grid, z, x, y, style=style)
            except OutsideBounds:
                picture = None
        picture = picture or Picture.empty(self.tileWidth, self.tileHeight)
        if plain and self.encoding in ENCODED:
            return ENCODED[self.encoding].encode(picture)
        if plain and self.encoding == "JPEG":
            return self._jpeg(picture)
        array = _array(picture, alpha=not self.grid.is_pixels)
        if numpyAllowed or pilImageAllowed:
            array = self._crop(array, x, y, z)
        options = {"pilImageAllowed": pilImageAllowed, "numpyAllowed": numpyAllowed, "applyStyle": False}
        return self._outputTile(array, TILE_FORMAT_NUMPY, x, y, z, **options, **kwargs)

    def getRegion(self, format: Any = (TILE_FORMAT_IMAGE,), **kwargs: Any) -> Any:  # noqa: A002
        """Return a region as large-image does: encoded, as an array or a Pillow image, with its format.

        Painted at once where it is small enough and asked for in plain words; else large-image puts tiles together.
        """
        raw = self._jsonstyle in RAW and TILE_FORMAT_NUMPY in format
        if raw or set(kwargs) - AT_ONCE or kwargs.get("encoding") == "TILED":
            return super().getRegion(format=format, **kwargs)
        left, top, right, bottom = self._getRegionBounds(self.metadata, **(kwargs.get("region") or {}))
        output = kwargs.get("output") or {}
        most = output.get("maxWidth"), output.get("maxHeight")
        whole = right - left, bottom - top
        width, height, _ = _calculateWidthHeight(*(whole if most == (None, None) else most), *whole)
        if not (0 < width <= REGION_SIDE and 0 < height <= REGION_SIDE):
            return super().getRegion(format=format, **kwargs)
        last = self.grid.matrices[self.levels - 1] if not self.grid.is_pixels else None
        cell, x0, y0 = (last.cell_size, *last.origin) if last else (1.0, 0.0, 0.0)
        down = -cell if last else cell
        dx, dy = (right - left) * cell / width, (bottom - top) * down / height
        area = TileArea(x0 + left * cell, y0 + top * down, dx, dy, width, height)
        with self._lease() as source:
            style = self.find_style(self._getFrame(**kwargs))
            picture = render_picture((source,), self.grid, area, style=style)
        encoding = kwargs.get("encoding") or config.getConfig("default_encoding")
        formats = (format,) if isinstance(format, str) else format
        if set(formats) == {TILE_FORMAT_IMAGE} and encoding in ENCODED:
            return ImageBytes(ENCODED[encoding].encode(picture), TileOutputMimeTypes[encoding]), TileOutputMimeTypes[
                encoding
            ]
        return _encodeImage(_array(picture, alpha=not self.grid.is_pixels), format=formats, **kwargs)

    def _jpeg(self, picture: Picture) -> bytes:
        """Encode with the source's quality and subsampling: in a third of Pillow's time. Missing pixels are black."""
        colors = np.ascontiguousarray(picture.colors[:, :, ::-1])
        options = [cv2.IMWRITE_JPEG_QUALITY, self.jpegQuality]
        options += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, SUBSAMPLING[min(2, max(0, self.jpegSubsampling))]]
        if picture.alpha is not None:
            colors = np.where(picture.alpha[:, :, None] > 0, colors, 0)
        return cv2.imencode(".jpg", colors, options)[1].tobytes()

    def _read(self, area: TileArea, frame: int) -> npt.NDArray[Any]:
        """Read raw values (rows, columns, bands)."""
        style = parse_style({"frame": str(frame)} if frame else {})
        with self._lease() as source:
            bands = [
                source.read_band(index, self.grid, area, style=style, limits=DEFAULT_LIMITS)[0]
                for index in range(1, source.band_count + 1)
            ]
        return np.stack(bands, axis=2)

    def _crop(self, array: npt.NDArray[Any], x: int, y: int, z: int) -> npt.NDArray[Any]:
        """Return the tile without what lies beyond the image's edge, as arrays of large-image's GDAL source come."""
        if not self.grid.is_pixels:
            return array
        scale = 2 ** (self.levels - 1 - z)
        width = max(1, round(min(self.tileWidth, self.sizeX / scale - x * self.tileWidth)))
        height = max(1, round(min(self.tileHeight, self.sizeY / scale - y * self.tileHeight)))
        return array[:height, :width]

    def getMetadata(self) -> JSONDict:
        """Return sizes, scale, frames, and for images on Earth bounds and bands."""
        return JSONDict(dict(self._document))

    def getInternalMetadata(self, **_: Any) -> dict[str, Any]:
        """Return what the file says of itself, without people and paths."""
        return dict(self._internal)

    def getBandInformation(self, statistics: bool = True, **_: Any) -> dict[int, dict[str, Any]]:  # noqa: ARG002
        """Return statistics of the raw values and what each band shows, by index from 1."""
        with self._lease() as source:
            return words.bands(source)

    def getNativeMagnification(self) -> dict[str, float | None]:
        """Return the objective's magnification and a pixel's width and height in millimetres; None where unknown."""
        return {name: self._document[name] for name in ("magnification", "mm_x", "mm_y")}

    def getAssociatedImagesList(self) -> list[str]:
        """Return the names of a slide's label, macro and thumbnail."""
        return list(self._associated)

    def _getAssociatedImage(self, imageKey: str) -> Any:
        if imageKey not in self._associated:
            return None
        with self._lease() as source:
            return source.associated_image(imageKey)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the type of the file's values."""
        found: np.dtype[Any] = np.dtype(self._document["dtype"])
        return found

    @property
    def bandCount(self) -> int:
        """Return the number of the file's bands."""
        return int(self._document["bandCount"])

    def getState(self) -> str:
        """Return what tells this source's tiles from others in a cache: the file's version, too."""
        return f"{super().getState()},{self.grid.identifier},{self.reference.version}"


class SlideTileSource(_TileSource, metaclass=LruCacheMetaclass):  # type: ignore[metaclass]
    """Read slides and pictures in pixel space."""

    cacheName = "tilesource"
    name = "geodata_slides"
    extensions = {None: SourcePriority.LOW} | dict.fromkeys(SLIDES, SourcePriority.PREFERRED)
    mimeTypes = {None: SourcePriority.FALLBACK}  # noqa: RUF012


class EarthTileSource(_TileSource, GDALBaseFileTileSource, metaclass=LruCacheMetaclass):  # type: ignore[metaclass, misc]
    """Read images on Earth, in a projection or, with ``projection=None``, in their own pixels."""

    cacheName = "tilesource"
    name = "geodata"
    on_earth = True
    extensions = {None: SourcePriority.MEDIUM} | dict.fromkeys(EARTH, SourcePriority.PREFERRED)
    mimeTypes = {None: SourcePriority.FALLBACK}  # noqa: RUF012

    def _find_grid(self, source: Source, projection: Any) -> Grid:
        code = config.getConfig("default_projection") if projection == PROJECTION_SENTINEL else projection
        code = code.decode() if isinstance(code, bytes) else code
        self.projection = code.lower().removeprefix("proj4:") if code else None
        self.sourceLevels = source.pixel_grid.maxzoom + 1
        self.sourceSizeX, self.sourceSizeY = source.width, source.height
        if not code:
            return source.pixel_grid
        grid = projected_grid(code.upper().removeprefix("PROJ4:"))
        first = grid.matrices[0]
        self.unitsAcrossLevel0 = first.cell_size * first.tile_size
        self.projectionOrigin = (
            first.origin[0] + self.unitsAcrossLevel0 / 2,
            first.origin[1] - self.unitsAcrossLevel0 / 2,
        )
        return grid

    @staticmethod
    def getLRUHash(*args: Any, **kwargs: Any) -> str:
        """Return the key of an open source, its projection included."""
        projection = kwargs.get("projection", args[1] if len(args) > 1 else PROJECTION_SENTINEL)
        return f"{FileTileSource.getLRUHash(*args, **kwargs)},{projection}"

    @staticmethod
    def isGeospatial(path: Any) -> bool:
        """Return whether the file is an image on Earth."""
        try:
            location = gdal_location(path)
            with POOL.lease(SourceRef(location, version=content_version(location))) as source:
                return source.is_geospatial
        except TilesError:
            return False

    def _setStyle(self, style: Any) -> None:
        """Keep the document: it is read here, and large-image's own default isn't wanted."""
        super(GDALBaseFileTileSource, self)._setStyle(style)

    def getBounds(self, srs: Any = None, **_: Any) -> dict[str, Any] | None:
        """Return the corners of the image in a system, its own without one, and the box around them."""
        with self._lease() as source:
            if srs is None:
                return words.source_bounds(source) or words.degrees(source)
            code = srs.decode() if isinstance(srs, bytes) else srs
            return words.bounds_in(source, code.lower().removeprefix("proj4:").upper())

    def getNativeMagnification(self) -> dict[str, float | None]:
        """Return a pixel's width and height in millimetres on the ground, about."""
        return _TileSource.getNativeMagnification(self)

    def _convertProjectionUnits(  # noqa: PLR0917
        self, left: Any, top: Any, right: Any, bottom: Any, width: Any, height: Any, units: str, **_: Any
    ) -> tuple[Any, ...]:
        """Turn edges in a coordinate system into ones of the source's projection, or of pixels."""
        left = right - width if left is None and None not in (right, width) else left
        right = left + width if right is None and None not in (left, width) else right
        top = bottom - height if top is None and None not in (bottom, height) else top
        bottom = top + height if bottom is None and None not in (top, height) else bottom
        if None in (left, top, right, bottom):
            raise TileSourceError("A region in a coordinate system needs two of left, right, width and of their like")
        box = (min(left, right), min(top, bottom), max(left, right), max(top, bottom))
        with self._errors():
            found = self._in_own(box, projected_grid(units.lower().removeprefix("proj4:").upper()))
        return *found, None, None, "base_pixels" if self.grid.is_pixels else "projection"

    def _in_own(self, box: Box, given: Grid) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom in the image's own system."""
        if not self.grid.is_pixels:
            west, south, east, north = transform_box(box, given, self.grid)
            return west, north, east, south
        # Of two corners, as large-image has it.
        with self._lease() as source:
            columns, rows = source.reference(given).to_pixels(np.array([box[0], box[2]]), np.array([box[3], box[1]]))
        if not (np.isfinite(columns).all() and np.isfinite(rows).all()):
            raise OutsideBounds("A part of the region has no place in the image")
        return float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max())


def _array(picture: Picture, *, alpha: bool) -> npt.NDArray[np.uint8]:
    """Return colors (rows, columns, 3 or 4), or (rows, columns, 1) of an opaque gray picture."""
    colors = picture.colors
    if not alpha and picture.alpha is None:
        return colors
    if colors.shape[2] == 1:
        colors = np.repeat(colors, 3, axis=2)
    shown = picture.alpha if picture.alpha is not None else np.full(colors.shape[:2], 255, np.uint8)
    return np.dstack([colors, shown])


def register() -> None:
    """Have `large_image.open` know these sources in a process whose environment has no entry points of theirs."""
    AvailableTileSources.update({source.name: source for source in (EarthTileSource, SlideTileSource)})


def open_image(path: Any, **options: Any) -> FileTileSource:
    """Open an image, on Earth or not, with the options that large-image's sources take: style, encoding, projection."""
    kind = EarthTileSource if EarthTileSource.isGeospatial(path) else SlideTileSource
    return kind(path, **options)
