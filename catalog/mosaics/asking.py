"""What a request asks of a layer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from rest_framework.request import Request

from catalog.mosaics.bodies import RENDERING, rendering_query
from catalog.mosaics.layer import Found, Layer, find_layer
from catalog.stac.search.datetimes import Interval, parse_interval
from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter
from tiles.geo.grids import WEB_MERCATOR, Grid, TileArea, grid
from tiles.mosaics.resolving import MosaicPlan
from tiles.mosaics.selection import parse_selection
from tiles.mosaics.values import ValuePlan
from tiles.rest import query as q
from tiles.rest.tile import rendering_query as handed_on
from tiles.rest.tile import tile_size
from tiles.styling.planes import PARAMETERS as PLANE_PARAMETERS
from tiles.styling.style import Style, parse_style

DATETIME = "datetime"


@dataclass(frozen=True)
class Asked:
    """A layer and how it is to be shown."""

    layer: Layer
    style: Style
    selection: str
    # The request's own parameters, without those that the layer was registered with.
    query: QueryDict

    @property
    def is_as_registered(self) -> bool:
        """Whether the request changes nothing of what is shown and how, as the layer was registered."""
        return not (self.layer.interval or any(name in self.query for name in (*RENDERING, "assets")))

    @property
    def plan(self) -> MosaicPlan | None:
        return self.layer.plan(self.style, self.selection)

    @property
    def values(self) -> ValuePlan | None:
        """Of raw values: a layer that is registered as a hillshade has heights."""
        style = self.style if "algorithm" in self.query else replace(self.style, algorithm=None)
        return self.layer.value_plan(style, self.selection)

    @property
    def handed_on(self) -> str:
        """The request's rendering parameters and its time, for links."""
        of_mosaics = {name: self.query[name] for name in ("pixel_selection", DATETIME) if self.query.get(name)}
        return "&".join(filter(None, (handed_on(self.query), urlencode(of_mosaics, safe="/:"))))


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


def parse_request(request: Request, search_id: str, *, without: tuple[str, ...] = ()) -> Asked:
    """Raises NotFound for an unknown search, InvalidParameter. ``without``: names that don't mean rendering here."""
    layer = find_layer(user=request.user, search_id=search_id)
    given = QueryDict(mutable=True)
    for name, texts in request.query_params.lists():
        if name not in without:
            given.setlist(name, list(texts))
    for name in PLANE_PARAMETERS:
        if given.get(name):
            raise InvalidParameter(f"{name} is of single images: a mosaic is made of images of one plane")
    layer = replace(
        layer,
        assets=_assets(given) or layer.assets,
        subdataset=q.text(given, "subdataset") or layer.subdataset,
        interval=_interval(given),
    )
    query = rendering_query(layer.search.metadata.get("rendering", {}), given)
    return Asked(layer, parse_style(query), parse_selection(query.get("pixel_selection") or "first"), given)


def parse_spot(request: Request, layer: Layer, kwargs: Mapping[str, Any]) -> Spot:
    """Raises InvalidParameter, OutsideBounds."""
    size, buffer = tile_size(request.query_params, kwargs.get("scale"))
    chosen = grid(kwargs.get("tile_matrix_set") or q.text(request.query_params, "tileMatrixSetId") or WEB_MERCATOR)
    zxy = (int(kwargs["z"]), int(kwargs["x"]), int(kwargs["y"]))
    area = chosen.tile(*zxy, size=size, buffer=buffer)
    return Spot(chosen, zxy, area, layer, has_buffer=bool(buffer))


def _interval(query: QueryDict) -> Interval | None:
    """As STAC searches have it: nothing is any time."""
    text = ",".join(query.getlist(DATETIME))
    return parse_interval(text, name=DATETIME) if text else None


def _assets(query: QueryDict) -> tuple[str, ...]:
    names = tuple(name for text in query.getlist("assets") for name in text.split(",") if name)
    limit = tiles_settings().limits.bands
    if len(names) > limit:
        raise InvalidParameter(f"assets names {len(names)}; the limit is {limit}")
    return names
