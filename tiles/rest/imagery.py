"""Put whatever has routes (an image, several assets of one item, a registered search) behind one protocol."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from operator import attrgetter
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from django.http import QueryDict

from tiles.conf import tiles_settings
from tiles.encoding.formats import JPEG, DataFormat, RegionFormat
from tiles.errors import InvalidParameter
from tiles.geo.extent import TileLimits, geographic_bounds, tile_limits, zoom_range
from tiles.geo.grids import Box, Grid
from tiles.limits import deadline
from tiles.regions.area import Place
from tiles.regions.cutting import render_region
from tiles.regions.description import describe, describe_bands, describe_statistics
from tiles.regions.output import RegionRequest, Rendered
from tiles.regions.points import pixel_at, pixel_layers, point_layers
from tiles.regions.profile import Line
from tiles.regions.shapes import Shape
from tiles.regions.statistics_summary import SummaryOptions
from tiles.regions.value_tiles import value_tile
from tiles.regions.values import Layer
from tiles.regions.zonal import box_layers, collection_statistics, sample_layers, shape_statistics
from tiles.regions.zonal_pixels import Counted, Documents
from tiles.rendering.composite import render_composite
from tiles.rendering.tile import render_tile
from tiles.rest.query import rendering_query
from tiles.sources.pool import lease_sources
from tiles.sources.protocol import Source
from tiles.sources.reference import SourceRef
from tiles.stages import STAGES
from tiles.styling.check import check_style
from tiles.styling.style import Style, parse_style

Floats = npt.NDArray[np.float64]
PLAIN = Style()
# Reasons for which images are missing in what was made, where the next attempt may be better: that isn't kept.
PASSING = ("time", "unreadable")
T = TypeVar("T")
U = TypeVar("U")


# Of a map's thousands of tiles all have the same style.
_canonical_style = lru_cache(maxsize=512)(attrgetter("canonical"))


@dataclass(frozen=True, slots=True)
class TileRequest:
    """Hold what a tile's URL asks for, whichever way it was spelled.

    ``matrix_set``: the grid's name; None: the imagery's own. ``size``: pixels a side, 0: the grid's own.
    """

    matrix_set: str | None
    zxy: tuple[int, int, int]
    style: Style
    size: int
    buffer: float
    target: RegionFormat

    @property
    def canonical(self) -> tuple[object, ...]:
        style = _canonical_style(self.style)
        return "tile", self.matrix_set, *self.zxy, self.size, self.buffer, style, self.target.name


@dataclass(frozen=True, slots=True)
class Tileset:
    """Say where a grid's tiles are: ``bounds`` in degrees, or the ``size`` in pixels of what isn't on Earth.

    ``native_format``: the extension of tiles that lie in the file as they are asked for.
    """

    grid: Grid
    zooms: tuple[int, int]
    bounds: Box | None = None
    size: tuple[int, int] | None = None
    native_format: str = ""


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """Hold what is to be read, unless a cache has it under the name that ``refs`` and ``parts`` make.

    ``refs``: the contents. ``parts``: what else tells it apart. ``read``: returns it, and why images are missing in it:
    items, time, unreadable; empty when none are.
    """

    refs: tuple[SourceRef, ...]
    parts: tuple[object, ...]
    read: Callable[[], tuple[T, str]]

    @classmethod
    def complete(cls, refs: tuple[SourceRef, ...], parts: tuple[object, ...], read: Callable[[], T]) -> "Reading[T]":
        """Return the reading of something in which no image can be missing."""
        return Reading(refs, parts, lambda: (read(), ""))

    def then(self, make: Callable[[T], U], *parts: object) -> "Reading[U]":
        """Return the reading of what ``make`` makes of this; ``parts`` tell it from others made of the same."""

        def read() -> tuple[U, str]:
            found, incomplete = self.read()
            return make(found), incomplete

        return Reading(self.refs, (*parts, *self.parts), read)


@dataclass(frozen=True, slots=True)
class Values:
    """Hold raw values at places, by layer, with what a document says of the place and of the items they are of."""

    layers: Sequence[Layer]
    metadata: dict[str, Any]
    incomplete: str = ""


class Imagery(Protocol):
    """Show one request's imagery: its style and its parameters are read already."""

    @property
    def style(self) -> Style: ...
    @property
    def title(self) -> str: ...
    @property
    def handed_on(self) -> str:
        """Return the rendering parameters of the request, for URLs of tiles."""

    @property
    def is_geospatial(self) -> bool: ...
    @property
    def kind(self) -> str:
        """Return the word by which sentences name the imagery, such as "image"."""

    def check(self) -> None:
        """Raise InvalidParameter for a style that the imagery can't have."""

    def bounds(self) -> Box | None:
        """Return the extent in degrees; None for what isn't on Earth."""

    def grid(self, name: str | None) -> Grid:
        """Return the grid of that name, else the imagery's own. Raises UnknownName, UnsupportedOperation."""

    def tileset(self, name: str | None) -> Tileset: ...
    def tile_limits(self, grid: Grid) -> list[TileLimits]:
        """Return which tiles there may be at each zoom."""

    def tile(self, wanted: TileRequest) -> Reading[bytes]: ...
    def region(self, wanted: RegionRequest) -> Reading[Rendered]: ...
    def preview(self, wanted: RegionRequest) -> Reading[Rendered]:
        """Read all of the imagery, whose place the request leaves open."""

    def pixel(self, x: float, y: float, crs: Grid) -> Values: ...
    def point(self, x: float, y: float, crs: Grid) -> Values: ...
    def line(self, line: Line, crs: Grid) -> Values: ...
    def pixels(self, place: Place, *, max_size: int) -> Reading[Counted]:
        """Read what a box covers, or a sample of everything."""

    def zones(
        self, shapes: Sequence[Shape], crs: Grid, *, is_collection: bool, max_size: int, options: SummaryOptions
    ) -> tuple[list[Documents], str]:
        """Return the statistics of each polygon by band, and why images are missing in them."""

    def metadata(self) -> dict[str, Any]: ...
    def bands(self) -> list[dict[str, Any]]: ...
    def statistics(self) -> dict[str, Any]: ...


class Images:
    """Show a file, or several files whose bands are counted on.

    ``find``: names the files; called when they are first needed. ``query``: the rendering parameters.
    """

    def __init__(
        self,
        find: Callable[[], tuple[SourceRef, ...]],
        find_grid: Callable[[Source, str | None], Grid],
        query: QueryDict,
    ) -> None:
        self._find, self._find_grid, self._query = find, find_grid, query

    kind = "image"

    @cached_property
    def refs(self) -> tuple[SourceRef, ...]:
        return self._find()

    @cached_property
    def style(self) -> Style:
        return parse_style(self._query)

    @property
    def title(self) -> str:
        return self.refs[0].name or "image"

    @property
    def handed_on(self) -> str:
        # What makes no sense isn't handed on.
        parse_style(self._query)
        return rendering_query(self._query)

    @property
    def is_geospatial(self) -> bool:
        return self._ask(lambda source: source.is_geospatial)

    def check(self) -> None:
        self._ask(lambda source: check_style(source, self.style, count=len(self.refs)))

    def bounds(self) -> Box | None:
        return self._ask(lambda source: geographic_bounds(source) if source.is_geospatial else None)

    def grid(self, name: str | None) -> Grid:
        return self._ask(lambda source: self._find_grid(source, name))

    def tileset(self, name: str | None) -> Tileset:
        def describe_tiles(source: Source) -> Tileset:
            check_style(source, self.style, count=len(self.refs))
            grid = self._find_grid(source, name)
            # Tiles that lie in the file are handed on as what they are.
            as_they_lie = source.has_native_tiles and self.style == PLAIN
            in_pixels = grid.is_pixels
            return Tileset(
                grid,
                zoom_range(source, grid),
                bounds=None if in_pixels else geographic_bounds(source),
                size=(source.width, source.height) if in_pixels else None,
                native_format=JPEG.extension if as_they_lie else "",
            )

        return self._ask(describe_tiles)

    def tile_limits(self, grid: Grid) -> list[TileLimits]:
        return self._ask(lambda source: tile_limits(source, grid))

    def tile(self, wanted: TileRequest) -> Reading[bytes]:
        return Reading(self.refs, wanted.canonical, partial(self._render, wanted))

    def _render(self, wanted: TileRequest) -> tuple[bytes, str]:
        limits = tiles_settings().limits
        options: dict[str, Any] = {
            "style": wanted.style, "size": wanted.size, "buffer": wanted.buffer, "limits": limits
        }  # fmt: skip
        taken, began = STAGES.taken, perf_counter()
        with deadline(limits.render_seconds), lease_sources(self.refs, limits=limits) as sources:
            opened = perf_counter()
            taken["open"] = (opened - began) * 1e3
            grid = self._find_grid(sources[0], wanted.matrix_set)
            if isinstance(wanted.target, DataFormat):
                return value_tile(sources, grid, wanted.zxy, target=wanted.target, **options), ""
            if wanted.target is JPEG and not wanted.buffer:
                untouched = sources[0].native_tile(grid, wanted.zxy, style=wanted.style, size=wanted.size)
                if untouched:
                    return untouched, ""
            if len(sources) > 1:
                picture = render_composite(sources, grid, wanted.zxy, **options)
            else:
                picture = render_tile(sources[0], grid, *wanted.zxy, **options)
            rendered = perf_counter()
            taken["render"] = (rendered - opened) * 1e3
            content = wanted.target.encode(picture) if picture else b""
            taken["encode"] = (perf_counter() - rendered) * 1e3
            return content, ""

    def region(self, wanted: RegionRequest) -> Reading[Rendered]:
        limits = tiles_settings().limits
        return self._reading(wanted.canonical, lambda sources: render_region(sources, wanted, limits=limits))

    def preview(self, wanted: RegionRequest) -> Reading[Rendered]:
        return self.region(wanted)

    def pixel(self, x: float, y: float, crs: Grid) -> Values:
        style = self.style
        limits = tiles_settings().limits
        with deadline(limits.render_seconds), lease_sources(self.refs, limits=limits) as sources:
            left, top = (int(np.floor(x)), int(np.floor(y))) if crs.is_pixels else pixel_at(sources[0], x, y, crs)
            layers = pixel_layers(sources, left, top, style=style)
        place = {"left": left, "top": top}
        return Values(layers, place if crs.is_pixels else place | {"coordinates": [x, y]})

    def point(self, x: float, y: float, crs: Grid) -> Values:
        return self._values(np.array([x]), np.array([y]), crs)

    def line(self, line: Line, crs: Grid) -> Values:
        return self._values(line.points[:, 0], line.points[:, 1], crs)

    def _values(self, x: Floats, y: Floats, crs: Grid) -> Values:
        style, limits = self.style, tiles_settings().limits
        with deadline(limits.render_seconds), lease_sources(self.refs, limits=limits) as sources:
            return Values(point_layers(sources, x, y, crs=crs, style=style), {})

    def pixels(self, place: Place, *, max_size: int) -> Reading[Counted]:
        style, limits = self.style, tiles_settings().limits

        def count(sources: tuple[Source, ...]) -> Counted:
            if place.box:
                return box_layers(sources, place, style=style, max_size=max_size, limits=limits)
            return sample_layers(sources, style=style, max_size=max_size, limits=limits)

        return self._reading((place, max_size, style.canonical), count)

    def zones(
        self, shapes: Sequence[Shape], crs: Grid, *, is_collection: bool, max_size: int, options: SummaryOptions
    ) -> tuple[list[Documents], str]:
        limits = tiles_settings().limits
        wanted: dict[str, Any] = {"style": self.style, "max_size": max_size, "options": options, "limits": limits}
        with deadline(limits.render_seconds), lease_sources(self.refs, limits=limits) as sources:
            if is_collection:
                return collection_statistics(sources, shapes, crs, **wanted), ""
            return [shape_statistics(sources, shapes[0], crs, **wanted)], ""

    def metadata(self) -> dict[str, Any]:
        return self._ask_only(describe)

    def bands(self) -> list[dict[str, Any]]:
        return self._ask_only(describe_bands)

    def statistics(self) -> dict[str, Any]:
        indexes = self.style.indexes
        return self._ask_only(lambda source: describe_statistics(source, indexes))

    def _ask(self, question: Callable[[Source], T]) -> T:
        """Return what the first of the images says."""
        limits = tiles_settings().limits
        with deadline(limits.render_seconds), lease_sources(self.refs[:1], limits=limits) as sources:
            return question(sources[0])

    def _ask_only(self, question: Callable[[Source], T]) -> T:
        """Return what the image says. Raises InvalidParameter for several."""
        only(self.refs)
        return self._ask(question)

    def _reading(self, parts: tuple[object, ...], read: Callable[[tuple[Source, ...]], T]) -> Reading[T]:
        def lease_and_read() -> tuple[T, str]:
            limits = tiles_settings().limits
            with deadline(limits.render_seconds), lease_sources(self.refs, limits=limits) as sources:
                return read(sources), ""

        return Reading(self.refs, parts, lease_and_read)


def only(refs: tuple[SourceRef, ...]) -> SourceRef:
    """Return the image that there is alone. Raises InvalidParameter for several."""
    if len(refs) > 1:
        raise InvalidParameter(f"assets names {len(refs)}; this is of one image, so name one")
    return refs[0]
