"""Read raw values of a mosaic, band by band."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tiles.encoding.geotiff import Label
from tiles.errors import InvalidParameter
from tiles.geo.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.mosaics.coverage import AreaCoverage
from tiles.mosaics.gathering import Gathered, gather
from tiles.mosaics.members import Members
from tiles.mosaics.resolving import placed_raster
from tiles.regions.output import band_labels, missing_value
from tiles.regions.values import Layer, band_numbers, check_size, join_layers, layer_names, read_layers, strips
from tiles.sampling.resampling import Samples
from tiles.sources.protocol import Source
from tiles.styling.expression import parse_expression
from tiles.styling.style import Style

# The first reason that is one of an answer.
REASONS = ("time", "unreadable", "items")


@dataclass(frozen=True, slots=True)
class ResolvedValues:
    """Hold which bands of every member are read. ``names``: of the layers; ``nodata``: the images' own value.

    ``labels``: what those bands say of themselves.
    """

    style: Style
    selection: str
    names: tuple[str, ...]
    nodata: float | None = None
    labels: tuple[Label, ...] = ()

    @property
    def canonical(self) -> tuple[object, ...]:
        return "values", self.style.canonical, self.selection, self.nodata

    @property
    def count(self) -> int:
        """Return how many values of each pixel are read."""
        style = self.style
        return len(parse_expression(style.expression, of_values=True).bands) if style.expression else len(style.indexes)


@dataclass(frozen=True, slots=True)
class MosaicLayers:
    """Hold layers, the indexes of the members that they are made of, and why others are missing (see `Mosaic`)."""

    layers: tuple[Layer, ...]
    used: frozenset[int]
    incomplete: str = ""


def resolve_values(reference: tuple[Source, ...], *, style: Style, selection: str) -> ResolvedValues:
    """Resolve which bands are read; unless the style names some, those of ``reference``, one member's images.

    Raises InvalidParameter for bands that they don't have, UnsupportedOperation for what isn't on Earth.
    """
    for source in reference:
        placed_raster(source)
    if style.algorithm:
        raise InvalidParameter(f"algorithm={style.algorithm.name} makes a picture, no values")
    names = ("count",) if selection == "count" else tuple(layer_names(reference, style))
    indexes = () if style.expression else band_numbers(reference, style)
    nodata = None if selection == "count" else missing_value(reference, style)
    labels = () if selection == "count" else band_labels(reference, style)
    return ResolvedValues(replace(style, indexes=indexes), selection, names, nodata, labels)


def mosaic_layers(
    members: Members, grid: Grid, area: TileArea, *, resolved: ResolvedValues, limits: Limits = DEFAULT_LIMITS
) -> MosaicLayers:
    """Read the area's values, strip by strip. Raises TooLarge, and what reading raises when nothing can be read."""
    check_size(area, resolved.count, limits=limits)
    end = time.monotonic() + limits.mosaic_seconds
    found = []
    for strip in strips(area):
        left = replace(limits, mosaic_seconds=end - time.monotonic())
        read = partial(_read_area, grid=grid, area=strip, style=resolved.style, limits=limits)
        gathered = gather(members, AreaCoverage(grid, strip), selection=resolved.selection, read=read, limits=left)
        found.append(gathered_layers(gathered, resolved, (strip.height, strip.width)))
    return MosaicLayers(
        layers=tuple(join_layers(parts) for parts in zip(*(one.layers for one in found), strict=True)),
        used=frozenset(number for one in found for number in one.used),
        incomplete=first_reason(one.incomplete for one in found),
    )


def first_reason(reasons: Iterable[str]) -> str:
    """Return the first of `REASONS` that any part of an answer gives for missing members; empty for none."""
    given = set(reasons)
    return next((reason for reason in REASONS if reason in given), "")


def _read_area(
    sources: tuple[Source, ...], *, grid: Grid, area: TileArea, style: Style, limits: Limits
) -> list[Samples]:
    return as_samples(read_layers(sources, grid, area, style=style, limits=limits))


def as_samples(layers: Iterable[Layer]) -> list[Samples]:
    """Turn each layer into samples of one band (rows, columns, 1); a flat layer becomes one row."""
    return [_samples(layer) for layer in layers]


def _samples(layer: Layer) -> Samples:
    alpha = None if layer.valid is None else np.atleast_2d(layer.valid).view(np.uint8) * np.uint8(255)
    return Samples(np.atleast_2d(layer.values)[:, :, None], alpha)


def gathered_layers(gathered: Gathered, resolved: ResolvedValues, shape: tuple[int, int]) -> MosaicLayers:
    """Name the gathered parts as layers; without any, return invalid layers of that shape, (rows, columns)."""
    return MosaicLayers(_layers(gathered, resolved, shape), frozenset(gathered.used), gathered.incomplete)


def _layers(gathered: Gathered, resolved: ResolvedValues, shape: tuple[int, int]) -> tuple[Layer, ...]:
    if not gathered.parts:
        return tuple(Layer(name, np.zeros(shape, np.uint8), np.zeros(shape, np.bool_)) for name in resolved.names)
    # How many images have a pixel is the same in all of their bands.
    parts = gathered.parts[: len(resolved.names)]
    return tuple(
        Layer(name, part.pixels[:, :, 0], None if part.alpha is None else part.alpha > 0)
        for name, part in zip(resolved.names, parts, strict=True)
    )
