"""Keep track of which pixels no image has filled yet, to decide whether another one has to be opened."""

from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
import shapely

from tiles.geo.georeference import Floats
from tiles.geo.grids import Grid, TileArea
from tiles.mosaics.footprints import move_footprint

Missing = npt.NDArray[np.bool_]
# Pixels by which an image's own edge may lie beyond its footprint, and those within its footprint that belong to the
# edge: footprints are simplified, and pixels there are half an image's.
BEYOND, EDGE = 2, 3
# Pixels around an area at which footprints are looked at, so that its own edge is none of theirs.
FRAME = 4
# Of a pixel: what footprints that meet may lie apart.
APART = 0.05
# The same as `BEYOND`, for points, as a share of a footprint's extent.
AROUND = 0.01
# Binary digits after the point of pixels' coordinates.
DIGITS = 4


class Coverage(Protocol):
    """Tell which images can still fill pixels of one place. Footprints are in degrees; None: unknown."""

    @property
    def pixels(self) -> int:
        """Return how many pixels the place has."""

    def cover(self, footprint: shapely.Geometry | None) -> None:
        """Take note that an image was looked at."""

    def lie_at(self, footprint: shapely.Geometry | None, missing: Missing) -> bool:
        """Return whether an image may fill any of the missing pixels, (rows, columns)."""


class AreaCoverage:
    """Keep track of the pixels of an area of a grid.

    A footprint says where an image is, not where it has pixels. So an image counts as covered by earlier ones if its
    footprint lies within theirs and they left out nothing there; if it reaches beyond, it is needed for any pixel that
    is missing there.
    """

    def __init__(self, grid: Grid, area: TileArea) -> None:
        self._grid, self._area = grid, area
        west, south, east, north = area.box
        margin = 2 * FRAME * max(abs(area.dx), abs(area.dy))
        self._around = (west - margin, south - margin, east + margin, north + margin)
        # Beyond the seam footprints would have to be turned round the Earth.
        self._told = not grid.period or max(-west, east) <= grid.period / 2 + margin
        self._covered: shapely.Geometry = shapely.Polygon()
        # Not looked at yet: most areas are full before anybody asks.
        self._noted: list[shapely.Geometry | None] = []

    @property
    def pixels(self) -> int:
        return self._area.width * self._area.height

    def cover(self, footprint: shapely.Geometry | None) -> None:
        self._noted.append(footprint)

    def lie_at(self, footprint: shapely.Geometry | None, missing: Missing) -> bool:
        part = self._part(footprint)
        if part is None:
            return True
        if shapely.is_empty(part):
            return False
        inside = self._mask(part)
        if not (missing & _inner(cv2.dilate(inside, _square(BEYOND)))).any():
            return False
        if (missing & _inner(cv2.erode(inside, _square(EDGE)))).any():
            return True
        return not shapely.covers(self._find_covered(), part)

    def _find_covered(self) -> shapely.Geometry:
        """Return the union of the footprints of earlier images, in the grid's units."""
        for footprint in self._noted:
            part = self._part(footprint)
            if part is not None:
                self._covered = shapely.union(self._covered, shapely.buffer(part, APART * abs(self._area.dx)))
        self._noted.clear()
        return self._covered

    def _part(self, footprint: shapely.Geometry | None) -> shapely.Geometry | None:
        """Return the part of a footprint at the area, in the grid's units; None when that can't be told."""
        if footprint is None or not self._told:
            return None
        moved = move_footprint(footprint, self._grid)
        return None if moved is None else shapely.clip_by_rect(moved, *self._around)

    def _mask(self, part: shapely.Geometry) -> npt.NDArray[np.uint8]:
        """Return 1 for pixels within the part, (rows, columns) of the area and of `FRAME` more on each side."""
        mask = np.zeros((self._area.height + 2 * FRAME, self._area.width + 2 * FRAME), np.uint8)
        origin, size = (self._area.x0, self._area.y0), (self._area.dx, self._area.dy)
        rings = [
            np.rint(((shapely.get_coordinates(ring) - origin) / size + FRAME - 0.5) * 2**DIGITS).astype(np.int32)
            for ring in _rings(part)
        ]
        if rings:
            cv2.fillPoly(mask, rings, 1, shift=DIGITS)
        return mask


def _inner(mask: npt.NDArray[np.uint8]) -> Missing:
    """Return which pixels of the mask are set, (rows, columns), without its frame."""
    return np.asarray(mask[FRAME:-FRAME, FRAME:-FRAME] > 0)


def _rings(geometry: shapely.Geometry) -> Sequence[shapely.Geometry]:
    polygons = [part for part in shapely.get_parts(geometry) if isinstance(part, shapely.Polygon)]
    return [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors) if not ring.is_empty]


def _square(pixels: int) -> npt.NDArray[np.uint8]:
    """Return a structuring element that reaches so many pixels to each side, (rows, columns)."""
    return np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)


class PointCoverage:
    """Keep track of single points in degrees, (count, 2), each a pixel of one row."""

    def __init__(self, points: Floats) -> None:
        self._points = points

    @property
    def pixels(self) -> int:
        return len(self._points)

    def cover(self, footprint: shapely.Geometry | None) -> None:
        """Do nothing: which points are missing is all that counts."""

    def lie_at(self, footprint: shapely.Geometry | None, missing: Missing) -> bool:
        if footprint is None:
            return True
        west, south, east, north = shapely.bounds(footprint)
        margin = AROUND * max(east - west, north - south)
        x, y = self._points[missing[0]].T
        near = (x >= west - margin) & (x <= east + margin) & (y >= south - margin) & (y <= north + margin)
        points = shapely.multipoints(np.column_stack([x[near], y[near]]))
        return bool(shapely.dwithin(footprint, points, margin))


class UnknownCoverage:
    """Stand for pixels of unknown place: any image may fill whatever is missing."""

    def __init__(self, pixels: int) -> None:
        self._pixels = pixels

    @property
    def pixels(self) -> int:
        return self._pixels

    def cover(self, footprint: shapely.Geometry | None) -> None:
        """Do nothing: where the pixels lie is unknown."""

    def lie_at(self, footprint: shapely.Geometry | None, missing: Missing) -> bool:  # noqa: ARG002
        return True
