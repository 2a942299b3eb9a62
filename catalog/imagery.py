"""Bind the items and assets that the catalog knows to the routes of imagery that `tiles` renders."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.openapi import AutoSchema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from catalog.api.authentication import READS_BY_POST, SIGNED_OR_SIGNED_IN
from catalog.api.errors import exception_handler
from catalog.api.renders import NAME, RENDER, apply_render
from catalog.api.throttling import count_rendering
from catalog.caching import CACHE_CONTROL
from catalog.models import Collection
from catalog.querying.datetimes import parse_interval
from catalog.services.access.imagery import ShownAsset, find_imagery
from tiles.errors import OutsideBounds
from tiles.geo.grids import WEB_MERCATOR
from tiles.rest import (
    DataMixin,
    InfoMixin,
    ServicesMixin,
    SlidesMixin,
    TilesMixin,
    imagery_urls,
    services_urls,
    slides_urls,
)
from tiles.rest import parameters as p
from tiles.sources.reference import SourceRef

# Seconds. A URL without the content's version has to be asked again some time; its ETag makes that cheap.
MAX_AGE = 3600
DATETIME = p.Parameter(
    "datetime",
    p.STR,
    "A moment or an interval; an item of another time has nothing to show (404).",
    "2024-01-01T00:00:00Z/2024-12-31T23:59:59Z",
)
IMAGE = {
    "collection_id": p.Parameter("collection_id", p.STR, "The collection.", "sentinel-2-l2a", location=p.PATH),
    "item_id": p.Parameter("item_id", p.STR, "The item.", "S2B_17TLG_20240513", location=p.PATH),
    "asset_key": p.Parameter("asset_key", p.STR, "The item's asset.", "visual", location=p.PATH),
}
ASSOCIATED = "A slide's label and macro are for the collection's editors: they may name a patient."


class ImagerySchema(AutoSchema):
    """Name the operations of the OpenAPI document: an item's and an asset's paths end alike."""

    def get_operation_id(self) -> str:
        owner = "asset" if "{asset_key}" in self.path else "item"
        suffix = "" if self.method == "GET" else f"_{self.method.lower()}"
        return f"{owner}_{getattr(self.view, 'action', 'get')}{suffix}"

    def get_override_parameters(self) -> list[Any]:
        named = [each for name, each in IMAGE.items() if f"{{{name}}}" in self.path]
        return [*named, *super().get_override_parameters(), DATETIME, RENDER]


class ItemImagery(InfoMixin, TilesMixin, ServicesMixin, DataMixin, SlidesMixin, ViewSet):
    """Serve tiles, TileJSON, thumbnails and metadata of an item's first asset, or of several with `assets=red,green`.

    Who may see it is decided by `find_imagery` and by nothing before it: a public tile signs nobody in, so that it
    costs neither a session nor a query.
    """

    token_scopes = READS_BY_POST
    default_tilematrixset = WEB_MERCATOR
    authentication_classes = SIGNED_OR_SIGNED_IN
    permission_classes = ()
    admit_making = staticmethod(count_rendering) if settings.THROTTLES.get("tiles") else None
    schema = ImagerySchema()
    shown: ShownAsset
    # What `render=` names, if anything, and whether it says which assets are shown.
    render: Mapping[str, Any] | None = None
    renders_assets = True

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if NAME in request.query_params:
            collection_id = self.kwargs["collection_id"]
            self.render = apply_render(request, collection_id=collection_id, with_assets=self.renders_assets)

    def perform_authentication(self, request: Request) -> None:
        """Leave it to `find_imagery` to ask for the user."""

    def get_source(self, request: Request, **kwargs: Any) -> SourceRef:
        self.shown = find_imagery(user=lambda: request.user, **kwargs)
        if "datetime" in request.query_params:
            check_datetime(self.shown, DATETIME.text(request.query_params))
        return self.shown.source

    def get_sources(self, request: Request, assets: tuple[str, ...], **kwargs: Any) -> tuple[SourceRef, ...]:
        return tuple(self.get_source(request, **kwargs, asset_key=key) for key in assets)

    def check_associated(self, request: Request) -> None:
        """Show a slide's label, which may name a patient, to the collection's editors only."""
        if not self.tells_all(request):
            raise PermissionDenied(ASSOCIATED)

    def tells_all(self, request: Request) -> bool:
        """Tell all that a file says of itself, of people and places too, to the collection's editors only."""
        return Collection.objects.editable_by(request.user).filter(pk=self.kwargs["collection_id"]).exists()

    def cache_control(self, request: Request, ref: SourceRef) -> str:  # noqa: ARG002
        return CACHE_CONTROL[self.shown.is_public].format(seconds=MAX_AGE)

    def complete_tilejson(self, document: dict[str, Any]) -> dict[str, Any]:
        """Say the item's `bbox` as well: TileJSON's own `bounds` may not cross the antimeridian, imagery does."""
        if self.render:
            named = {"name": self.render.get("title")}
            zooms = zip(("minzoom", "maxzoom"), self.render.get("minmax_zoom", ()), strict=False)
            document |= {name: value for name, value in (*named.items(), *zooms) if value is not None}
        return document | {"bbox": self.shown.bbox} if self.shown.bbox else document

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Any]:
        return exception_handler


def check_datetime(shown: ShownAsset, text: str) -> None:
    """Raise OutsideBounds for an item of another time, InvalidParameter for no time, as OGC API - Tiles has it."""
    wanted = parse_interval(text)
    is_before = wanted.start is not None and shown.end < wanted.start
    if is_before or (wanted.end is not None and shown.start > wanted.end):
        raise OutsideBounds(f"The item is of {shown.start.isoformat()}, which is not within datetime")


class AssetImagery(ItemImagery):
    """Serve the imagery of the one asset that the path names, whichever others a rendering is meant for."""

    renders_assets = False

    def get_sources(self, request: Request, assets: tuple[str, ...], **kwargs: Any) -> tuple[SourceRef, ...]:
        """Raise InvalidParameter: several assets are asked of their item."""
        return TilesMixin.get_sources(self, request, assets, **kwargs)


def _routes(viewset: type[ItemImagery], *, name: str) -> list[URLPattern]:
    return [*imagery_urls(viewset, name=name), *services_urls(viewset, name=name), *slides_urls(viewset, name=name)]


urlpatterns: list[URLPattern | URLResolver] = [
    path("<str:collection_id>/<str:item_id>/<str:asset_key>/", include(_routes(AssetImagery, name="asset-imagery"))),
    # After the assets' routes, which are longer by one part: neither takes the other's.
    path("<str:collection_id>/<str:item_id>/", include(_routes(ItemImagery, name="item-imagery"))),
]
