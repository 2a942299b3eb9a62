"""Raw values of a mosaic, band by band: of areas, as images have them, and of single points."""

import time
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from tiles.description import WGS84
from tiles.errors import InvalidParameter
from tiles.expression import parse_expression
from tiles.grids import Grid, TileArea
from tiles.limits import DEFAULT_LIMITS, Limits
from tiles.regions.encoding import missing_value
from tiles.regions.values import Layer, band_numbers, check_size, join_layers, layer_names, read_layers, strips
from tiles.sampling.resampling import Samples
from tiles.sources import Source
from tiles.style import Style
from tiles.values import point_layers

from .gathering import Gathered, gather
from .members import Members
from .planning import placed_raster

# The first reason that is one of an answer.
REASONS = ("time", "unreadable", "items")


@dataclass(frozen=True, slots=True)
class ValuePlan:
    """Whose values are meant: the same bands of all members. ``names``: of the layers; ``nodata``: of the images."""

    style: Style
    selection: str
    names: tuple[str, ...]
    nodata: float | None = None

    @property
    def canonical(self) -> tuple[object, ...]:
        return "values", self.style.canonical, self.selection, self.nodata

    @property
    def count(self) -> int:
        """Values of a pixel that are read."""
        style = self.style
        return len(parse_expression(style.expression).bands) if style.expression else len(style.indexes)


@dataclass(frozen=True, slots=True)
class MosaicLayers:
    """Layers, the indexes of the members that they are made of, and why others are missing, as `Mosaic` has it."""

    layers: tuple[Layer, ...]
    used: frozenset[int]
    incomplete: str = ""


def plan_values(reference: tuple[Source, ...], *, style: Style, selection: str) -> ValuePlan:
    """``reference``: one member's images, whose bands are meant unless the style names some.

    Raises InvalidParameter for bands that they don't have, UnsupportedOperation for what isn't on Earth.
    """
    for source in reference:
        placed_raster(source)
    if style.algorithm:
        raise InvalidParameter(f"algorithm={style.algorithm.name} makes a picture, no values")
    names = ("count",) if selection == "count" else tuple(layer_names(reference, style))
    indexes = () if style.expression else band_numbers(reference, style)
    nodata = None if selection == "count" else missing_value(reference, style)
    return ValuePlan(replace(style, indexes=indexes), selection, names, nodata)


def mosaic_layers(
    members: Members, grid: Grid, area: TileArea, *, plan: ValuePlan, limits: Limits = DEFAULT_LIMITS
) -> MosaicLayers:
    """The area, strip by strip. Raises TooLarge, and what reading raises when nothing can be read."""
    check_size(area, plan.count, limits=limits)
    end = time.monotonic() + limits.mosaic_seconds
    found = []
    for strip in strips(area):
        left = replace(limits, mosaic_seconds=end - time.monotonic())
        read = partial(_read_area, grid=grid, area=strip, style=plan.style, limits=limits)
        gathered = gather(members, grid, strip, selection=plan.selection, read=read, limits=left)
        found.append((_layers(gathered, plan, (strip.height, strip.width)), gathered))
    reasons = {gathered.incomplete for _, gathered in found}
    return MosaicLayers(
        layers=tuple(join_layers(parts) for parts in zip(*(layers for layers, _ in found), strict=True)),
        used=frozenset(number for _, gathered in found for number in gathered.used),
        incomplete=next((reason for reason in REASONS if reason in reasons), ""),
    )


def mosaic_point(
    members: Members, longitude: float, latitude: float, *, plan: ValuePlan, limits: Limits = DEFAULT_LIMITS
) -> MosaicLayers:
    """The values at one point in degrees."""
    area = TileArea(longitude, latitude, 1e-9, -1e-9, 1, 1)
    read = partial(_read_point, longitude=longitude, latitude=latitude, style=plan.style)
    gathered = gather(members, WGS84, area, selection=plan.selection, read=read, limits=limits)
    return MosaicLayers(_layers(gathered, plan, (1, 1)), frozenset(gathered.used), gathered.incomplete)


def _read_area(
    sources: tuple[Source, ...], *, grid: Grid, area: TileArea, style: Style, limits: Limits
) -> list[Samples]:
    return [_samples(layer) for layer in read_layers(sources, grid, area, style=style, limits=limits)]


def _read_point(sources: tuple[Source, ...], *, longitude: float, latitude: float, style: Style) -> list[Samples]:
    layers = point_layers(sources, np.array([longitude]), np.array([latitude]), crs=WGS84, style=style)
    return [_samples(replace(layer, values=layer.values[None], valid=layer.shown[None])) for layer in layers]


def _samples(layer: Layer) -> Samples:
    alpha = None if layer.valid is None else layer.valid.view(np.uint8) * np.uint8(255)
    return Samples(layer.values[:, :, None], alpha)


def _layers(gathered: Gathered, plan: ValuePlan, shape: tuple[int, int]) -> tuple[Layer, ...]:
    if not gathered.parts:
        return tuple(Layer(name, np.zeros(shape, np.uint8), np.zeros(shape, np.bool_)) for name in plan.names)
    # How many images have a pixel is the same in all of their bands.
    parts = gathered.parts[: len(plan.names)]
    return tuple(
        Layer(name, part.pixels[:, :, 0], None if part.alpha is None else part.alpha > 0)
        for name, part in zip(plan.names, parts, strict=True)
    )
