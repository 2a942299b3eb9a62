"""Map a tile's coordinates to an image's pixels: by affine transform, ground control points, RPC or geolocation."""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from osgeo import gdal, osr

from tiles.geo.cf_axes import geographic_system
from tiles.geo.grids import Grid
from tiles.geo.longitudes import FULL_TURN, HALF_TURN, Box, find_period, split_box, wrapped

Floats = npt.NDArray[np.float64]
Points = list[Sequence[float]]

EARTH_RADIUS = 6378137.0
# Pairs of coordinate systems that a thread keeps the way between, some 100 KB each.
KEPT_TRANSFORMATIONS = 64
NO_POINT = (math.nan, math.nan, math.nan)
# Points a side of the lattice that tells where an image lies. 41 leave no gap of more than 9° in a world map; an image
# that turns out to lie within a few degrees bulges too little for more than 9.
COVERAGE_POINTS = 41
FEW_COVERAGE_POINTS = 9
FEW_DEGREES = 5 / 360
# The same for an image parts of which have no coordinates (a disk of the Earth): its edge lies between the points.
INCOMPLETE_COVERAGE_POINTS = 121
# A gap in longitude wider than this fraction of the way round means that the image doesn't go all the way round.
ROUND_THE_WORLD_GAP = 1 / 12
# Formats whose geolocation arrays lie in the file itself. Elsewhere they name other files, which aren't opened.
# (No VRT is opened from a file: one is a view of a dataset of these.)
SELF_CONTAINED = ("netCDF", "HDF5", "HDF5Image", "HDF4", "HDF4Image", "VRT")
# Control points that place an image: fewer tell neither scale nor turn.
LEAST_CONTROL_POINTS = 3


# The path of the elevation model that this process places images by RPC on; empty: none.
_elevation: list[str] = [""]


def set_elevation_model(path: str) -> None:
    """Place images by RPC on this elevation model, metres above the ellipsoid; empty: at their scenes' mean heights."""
    _elevation[0] = path


def georeferencing_method(dataset: Any) -> str:
    """Name how a dataset is placed on Earth, in GDAL's words; empty when it isn't (a photo, a slide, another planet).

    Of several ways, the first of GDAL's own order (`GDALCreateGenImgProjTransformer2`) counts, so that an image lies
    where every other tool shows it: affine transform, control points, rational polynomials, arrays of places. A way
    that can't be gone (a transform of no area, points on a line, half of the polynomials) is none.
    """
    srs = dataset.GetSpatialRef() or geographic_system(dataset)
    if srs is not None and not srs.IsLocal():
        if not _is_on_earth(srs):
            # Polynomials and arrays are in degrees as well, but of that body.
            return ""
        if has_affine(dataset):
            return "GEOTRANSFORM"
    points = dataset.GetGCPSpatialRef() if dataset.GetGCPCount() >= LEAST_CONTROL_POINTS else None
    placed = points is not None and not points.IsLocal() and _is_on_earth(points)
    if placed and _leads_somewhere(dataset, "GCP_POLYNOMIAL"):
        return "GCP_POLYNOMIAL"
    if dataset.GetMetadata("RPC") and _leads_somewhere(dataset, "RPC"):
        return "RPC"
    # Not tried: inverting the arrays takes as long as drawing the first tile.
    own_arrays = dataset.GetMetadata("GEOLOCATION") and dataset.GetDriver().ShortName in SELF_CONTAINED
    return "GEOLOC_ARRAY" if own_arrays else ""


def placing_system(dataset: Any, method: str) -> Any:
    """Return the coordinate system (`osr.SpatialReference`) in which a method places a dataset."""
    if method == "GEOTRANSFORM":
        return dataset.GetSpatialRef() or geographic_system(dataset)
    if method == "GCP_POLYNOMIAL":
        return dataset.GetGCPSpatialRef()
    named = dataset.GetMetadata("GEOLOCATION").get("SRS") if method == "GEOLOC_ARRAY" else None
    return spatial_reference(named or "EPSG:4326")


def has_affine(dataset: Any) -> bool:
    """Tell whether a dataset has an affine transform that is none of the two that stand for "none", and invertible."""
    transform = dataset.GetGeoTransform(can_return_null=True)
    # By GDAL's rule, either way up.
    if transform is None or (tuple(transform[:5]) == (0, 1, 0, 0, 0) and abs(transform[5]) == 1):
        return False
    determinant = transform[1] * transform[5] - transform[2] * transform[4]
    return all(map(math.isfinite, (*transform, determinant))) and determinant != 0


def _leads_somewhere(dataset: Any, method: str) -> bool:
    """Tell whether GDAL can make a transformer of that method, without the elevation model that it may take later."""
    try:
        gdal.Transformer(dataset, None, [f"METHOD={method}"])
    except RuntimeError:
        return False
    return True


def _is_on_earth(srs: Any) -> bool:
    radius = srs.GetSemiMajor()
    return bool(abs(radius - EARTH_RADIUS) < EARTH_RADIUS / 100)


class AffineReference:
    """Map between the coordinates of a CRS and the pixels of a dataset that an affine transform places.

    Belongs to the dataset's thread, as `ModelReference` does. GDAL's transformer of images does as much; but that looks
    for the way between two systems anew for each dataset, a millisecond of a new file's first tile.
    """

    is_unwrapped = False

    def __init__(self, dataset: Any, crs: str) -> None:
        self.width, self.height = dataset.RasterXSize, dataset.RasterYSize
        self._affine = dataset.GetGeoTransform()
        self._inverse_affine = gdal.InvGeoTransform(self._affine)
        srs: Any = dataset.GetSpatialRef() or geographic_system(dataset)
        self.is_geographic = bool(srs.IsGeographic())
        # The pole's latitude in the system's own unit.
        self._pole = math.pi / 2 / srs.GetAngularUnits() if self.is_geographic else math.inf
        self._systems = (srs.ExportToWkt(["FORMAT=WKT2_2019"]), crs)
        TRANSFORMATIONS.between(*self._systems)
        # Pixels once round the Earth in an unrotated raster; 0 in others.
        is_straight = not (self._affine[2] or self._affine[4])
        self.period_pixels = abs(find_period(self._systems[0]) / self._affine[1]) if is_straight else 0.0

    def to_pixels(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return fractional columns and rows (0, 0: the outer corner of the first pixel); NaN where there are none."""
        _, backward = TRANSFORMATIONS.between(*self._systems)
        return _apply(self._inverse_affine, *_transform(backward.TransformPoints, x, y))

    def to_coordinates(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        """Return the CRS' x and y, NaN where there are none."""
        forward, _ = TRANSFORMATIONS.between(*self._systems)
        x, y = _apply(self._affine, columns, rows)
        # Grids whose pixels are centred on the pole reach half a pixel past it.
        return _transform(forward.TransformPoints, x, np.clip(y, -self._pole, self._pole))


class ModelReference:
    """Map coordinates of a dataset that control points, rational polynomials (RPC) or geolocation arrays place."""

    period_pixels = 0.0

    def __init__(self, dataset: Any, crs: str, *, method: str) -> None:
        self.width, self.height = dataset.RasterXSize, dataset.RasterYSize
        # The dataset with its control points in longitudes that go on beyond 180, where they lie across it.
        self._unwrapped: Any = None
        self._middle = 0.0
        if method == "GCP_POLYNOMIAL":
            self._unwrapped, self._middle = _unwrapped_points(dataset)
        self.is_unwrapped = self._unwrapped is not None
        if self._unwrapped is None:
            self._transformer = gdal.Transformer(dataset, None, transformer_options(dataset, crs, method))
            return
        self._transformer = gdal.Transformer(self._unwrapped, None, [f"METHOD={method}"])
        self._systems = (dataset.GetGCPSpatialRef().ExportToWkt(["FORMAT=WKT2_2019"]), crs)
        TRANSFORMATIONS.between(*self._systems)

    def to_pixels(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        if self.is_unwrapped:
            _, backward = TRANSFORMATIONS.between(*self._systems)
            x, y = _transform(backward.TransformPoints, x, y)
            x = self._middle + wrapped(x - self._middle)
        return _transform(partial(self._points, 1), x, y)

    def to_coordinates(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        x, y = _transform(partial(self._points, 0), columns, rows)
        if self.is_unwrapped:
            forward, _ = TRANSFORMATIONS.between(*self._systems)
            x, y = _transform(forward.TransformPoints, wrapped(x), y)
        return x, y

    def _points(self, inverse: int, points: Points) -> Points:
        found, success = self._transformer.TransformPoints(inverse, points)
        return [point if known else NO_POINT for point, known in zip(found, success, strict=True)]


def _unwrapped_points(dataset: Any) -> tuple[Any, float]:
    """Return a dataset with control points in longitudes that go on beyond 180, and their middle; None elsewhere.

    A polynomial through 179 and -179 degrees would lead round the Earth. Some files have 181 themselves, or -181.
    """
    srs, points = dataset.GetGCPSpatialRef(), dataset.GetGCPs()
    longitudes = np.array([point.GCPX for point in points])
    is_within = np.abs(longitudes).max() <= HALF_TURN
    if not srs.IsGeographic() or (is_within and np.ptp(longitudes) <= HALF_TURN):
        return None, 0.0
    turned = np.where(is_within & (longitudes < 0), longitudes + FULL_TURN, longitudes)
    if np.ptp(turned) > HALF_TURN:
        return None, 0.0
    moved = gdal.GetDriverByName("VRT").Create("", dataset.RasterXSize, dataset.RasterYSize, 0)
    moved.SetGCPs(
        [
            gdal.GCP(x, point.GCPY, point.GCPZ, point.GCPPixel, point.GCPLine)
            for x, point in zip(turned.tolist(), points, strict=True)
        ],
        srs,
    )
    return moved, float(turned.min() + turned.max()) / 2


class _Transformations(threading.local):
    """Keep each thread's own transformations: PROJ's may not be shared, and take longer to make than to use."""

    def __init__(self) -> None:
        # The thread's own, not one for all methods of the class.
        self.between = lru_cache(maxsize=KEPT_TRANSFORMATIONS)(_find_transformations)


def _find_transformations(own: str, other: str) -> tuple[Any, Any]:
    """Make the transformations from one system to the other, and back. Raises RuntimeError when there is none."""
    forward = osr.CoordinateTransformation(spatial_reference(own), spatial_reference(other))
    # Not another one: between the same two systems, the best way back may be another than the way there.
    return forward, forward.GetInverse()


TRANSFORMATIONS = _Transformations()


def spatial_reference(crs: str) -> Any:
    """Make an `osr.SpatialReference` of anything that PROJ understands, its x to the east. Raises RuntimeError."""
    found = osr.SpatialReference()
    found.SetFromUserInput(crs)
    found.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return found


def _apply(affine: tuple[float, ...], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Apply GDAL's six coefficients of an affine transform to arrays of x and y."""
    return affine[0] + x * affine[1] + y * affine[2], affine[3] + x * affine[4] + y * affine[5]


def _transform(work: Callable[[Points], Points], a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Apply ``work`` to the points (a, b), arrays of one shape; NaN where a point has no counterpart."""
    points: Points = list(zip(a.ravel().tolist(), b.ravel().tolist(), strict=True))
    try:
        out = np.array(work(points))
    except RuntimeError:
        out = np.array(_transform_points(work, points))
    if not math.isfinite(out.sum()):
        out[~np.isfinite(out).all(axis=1)] = np.nan
    return out[:, 0].reshape(a.shape), out[:, 1].reshape(a.shape)


def _transform_points(work: Callable[[Points], Points], points: Points) -> Points:
    """Transform ever smaller parts of the points: GDAL raises for all of them where one has no counterpart."""
    try:
        return work(points)
    except RuntimeError:
        if len(points) == 1:
            return [NO_POINT]
        half = len(points) // 2
        return [*_transform_points(work, points[:half]), *_transform_points(work, points[half:])]


@dataclass(frozen=True)
class PixelReference:
    """Map coordinates of an image that has no georeference: coordinates are pixels."""

    width: int
    height: int
    period_pixels: ClassVar = 0.0
    is_unwrapped: ClassVar = False

    def to_pixels(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return x, y

    def to_coordinates(self, columns: Floats, rows: Floats) -> tuple[Floats, Floats]:
        return columns, rows


AnyReference = AffineReference | ModelReference | PixelReference


def transformer_options(dataset: Any, crs: str, method: str) -> list[str]:
    options = [f"DST_SRS={crs}", f"METHOD={method}"]
    own = None if method != "GEOTRANSFORM" or dataset.GetSpatialRef() else geographic_system(dataset)
    if own is not None:
        # What GDAL doesn't know of itself.
        options.append(f"SRC_SRS={own.ExportToWkt()}")
    if method == "RPC":
        # Without an elevation model, the scene's mean height is the best guess there is; so it is beyond its edges.
        height = dataset.GetMetadata("RPC").get("HEIGHT_OFF", "0").split()[0]
        model = _elevation[0]
        options += [f"RPC_DEM={model}", f"RPC_DEM_MISSING_VALUE={height}"] if model else [f"RPC_HEIGHT={height}"]
    return options


def coverage(reference: AnyReference, grid: Grid) -> tuple[Box, ...]:
    """Return boxes in the grid's CRS that hold the whole image: one, or two when it crosses the antimeridian."""
    x, y = _lattice_coordinates(reference, FEW_COVERAGE_POINTS)
    known = np.isfinite(x) & np.isfinite(y)
    if not (known.all() and np.ptp(x) < FEW_DEGREES * grid.period):
        x, y = _lattice_coordinates(reference, COVERAGE_POINTS)
        known = np.isfinite(x) & np.isfinite(y)
    if not known.all():
        x, y = _lattice_coordinates(reference, INCOMPLETE_COVERAGE_POINTS)
        known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return ()
    complete = bool(known.all())
    x, y = x[known], y[known]
    south, north = float(y.min()), float(y.max())
    # The image bulges between lattice points; where some have no coordinates, its edge is beyond the last that has.
    slack = 0.002 if complete else 0.15
    margin = (north - south) * slack
    spans = _spans(x, grid.period, slack=slack)
    if grid.period and len(spans) == 1 and spans[0] == (-math.inf, math.inf) and not reference.period_pixels:
        # Round the world without being a world grid: a pole lies inside, further than any lattice point.
        south, north = (-math.inf if south < 0 else south), (math.inf if north > 0 else north)
    return tuple((west, south - margin, east, north + margin) for west, east in spans)


def _lattice_coordinates(reference: AnyReference, points: int) -> tuple[Floats, Floats]:
    columns, rows = np.meshgrid(np.linspace(0, reference.width, points), np.linspace(0, reference.height, points))
    return reference.to_coordinates(columns, rows)


def _spans(x: Floats, period: float, *, slack: float) -> list[tuple[float, float]]:
    """Return the intervals of x that points cover: everything but the widest gap between neighbours."""
    west, east = float(x.min()), float(x.max())
    margin = (east - west) * slack
    if not period or east - west < period / 2:
        return _parts(west - margin, east + margin, period)
    turns = np.sort(np.mod(x + period / 2, period))
    gaps = np.diff(turns, append=turns[0] + period)
    widest = int(gaps.argmax())
    if gaps[widest] < period * ROUND_THE_WORLD_GAP:
        return [(-math.inf, math.inf)]
    start = float(turns[(widest + 1) % turns.size]) - period / 2
    length = period - float(gaps[widest])
    margin = length * slack
    return _parts(start - margin, start + length + margin, period)


def _parts(west: float, east: float, period: float) -> list[tuple[float, float]]:
    """Return an interval of x within half a period of 0, in two parts where it lies across the seam."""
    return [(box[0], box[2]) for box in split_box((west, 0.0, east, 0.0), period)]
