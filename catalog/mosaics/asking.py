"""What a request asks of a layer."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter
from tiles.grids import WEB_MERCATOR, Grid, TileArea, grid
from tiles.mosaics.rendering import MosaicPlan
from tiles.mosaics.selection import parse_selection
from tiles.rest.tile import tile_size
from tiles.style import Style, parse_style

from .bodies import RENDERING, rendering_query
from .layer import Found, Layer, find_layer


@dataclass(frozen=True)
class Asked:
    """A layer and how it is to be shown."""

    layer: Layer
    style: Style
    selection: str
    # Whether the request changes nothing of how the layer was registered.
    is_as_registered: bool

    @property
    def plan(self) -> MosaicPlan | None:
        return self.layer.plan(self.style, self.selection)


@dataclass(frozen=True)
class Spot:
    """A tile of a grid, with its buffer, and the items that lie there."""

    grid: Grid
    zxy: tuple[int, int, int]
    area: TileArea
    layer: Layer
    has_buffer: bool

    @cached_property
    def items(self) -> Found:
        if self.has_buffer:
            return self.layer.items_of_area(self.grid, self.area)
        return self.layer.items_of_tile(self.grid, self.zxy)


def parse_request(request: Request, search_id: str) -> Asked:
    """Raises NotFound for an unknown search, InvalidParameter."""
    layer = find_layer(user=request.user, search_id=search_id, assets=_assets(request.query_params))
    query = rendering_query(layer.search.metadata.get("rendering", {}), request.query_params)
    style = parse_style(query)
    is_plain = not any(name in request.query_params for name in (*RENDERING, "assets"))
    return Asked(layer, style, parse_selection(query.get("pixel_selection") or "first"), is_plain)


def parse_spot(request: Request, layer: Layer, kwargs: dict[str, Any]) -> Spot:
    """Raises InvalidParameter, OutsideBounds."""
    size, buffer = tile_size(request.query_params, kwargs.get("scale"))
    chosen = grid(kwargs.get("tile_matrix_set") or request.query_params.get("tileMatrixSetId") or WEB_MERCATOR)
    zxy = (int(kwargs["z"]), int(kwargs["x"]), int(kwargs["y"]))
    area = chosen.tile(*zxy, size=size, buffer=buffer)
    return Spot(chosen, zxy, area, layer, has_buffer=bool(buffer))


def _assets(query: QueryDict) -> tuple[str, ...]:
    names = tuple(name for text in query.getlist("assets") for name in text.split(",") if name)
    limit = tiles_settings().limits.bands
    if len(names) > limit:
        raise InvalidParameter(f"assets names {len(names)}; the limit is {limit}")
    return names
