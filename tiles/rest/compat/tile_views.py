"""Serve django-large-image's ``tiles/…`` routes."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.conf import tiles_settings
from tiles.encoding.formats import JPEG, ImageFormat
from tiles.encoding.pillow import any_format
from tiles.errors import OutsideBounds
from tiles.large_image import metadata as large_image_metadata
from tiles.limits import deadline
from tiles.rendering.tile import render_tile
from tiles.rest.compat.base import BASE_PARAMETERS, FORMAT, STYLE_PARAMETERS, LargeImageBase
from tiles.rest.compat.tiles import tile_corners
from tiles.rest.imagery import Reading
from tiles.rest.tile import TilesMixin
from tiles.sources.pool import POOL
from tiles.sources.reference import SourceRef
from tiles.styling.painting import Picture
from tiles.styling.style import Style, parse_style

PLACE = r"tiles/(?P<z>\d{1,9})/(?P<x>\d{1,9})/(?P<y>\d{1,9})"


class LargeImageTilesMixin(LargeImageBase, TilesMixin):
    @extend_schema(summary="Returns tile metadata.", parameters=BASE_PARAMETERS, responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path="tiles/metadata")
    def tiles_metadata(self, request: Request, pk: Any = None, **_: Any) -> Response:  # noqa: ARG002
        with self.open(request) as source:
            found = large_image_metadata.metadata(source, self.requested_grid(request, source))
        names = {"levels": "levels", "size_x": "sizeX", "size_y": "sizeY", "tile_size": "tileWidth"}
        document = {name: found[key] for name, key in names.items()}
        return Response(document | {"geospatial": found["geospatial"], "additional_metadata": found})

    @extend_schema(
        summary="Returns tile image binary.",
        parameters=[*BASE_PARAMETERS, *STYLE_PARAMETERS],
        responses={(200, "image/*"): OpenApiTypes.BINARY},
    )
    @action(detail=True, url_path=PLACE + FORMAT)
    def tile(  # type: ignore[override]  # noqa: PLR0917
        self, request: Request, x: Any, y: Any, z: Any, pk: Any = None, fmt: str = "png", **_: Any
    ) -> HttpResponseBase:
        """Render a tile; one that doesn't touch the image is transparent, as in large-image; 404 beyond the grid."""
        del pk
        projection, target, style = self.find_projection(request), any_format(fmt), parse_style(request.query_params)
        ref = self.find_one(request)
        zxy = int(z), int(x), int(y)

        def render() -> bytes:
            return self._render_or_empty(ref, projection, zxy, style=style, target=target)

        reading = Reading.complete(
            (ref,), ("large-image tile", ref.driver, projection, *zxy, style.canonical, target.name), render
        )
        return self.respond(request, reading, media_type=target.media_type)

    def _render_or_empty(
        self, ref: SourceRef, projection: str | None, zxy: tuple[int, int, int], *, style: Style, target: ImageFormat
    ) -> bytes:
        limits = tiles_settings().limits
        with deadline(limits.render_seconds), POOL.lease(ref, limits=limits) as source:
            grid = self.find_grid(source, projection)
            size = grid.tile(*zxy).width
            native = source.native_tile(grid, zxy, style=style, size=0) if target is JPEG else b""
            if native:
                return native
            try:
                picture = render_tile(source, grid, *zxy, style=style, limits=limits)
            except OutsideBounds:
                picture = None
            return target.encode(picture or Picture.empty(size, size))

    @extend_schema(
        summary="Returns bounds of a tile for a given x, y, z index.",
        parameters=BASE_PARAMETERS,
        responses=OpenApiTypes.OBJECT,
    )
    @action(detail=True, url_path=PLACE + "/corners")
    def tile_corners(self, request: Request, x: Any, y: Any, z: Any, pk: Any = None, **_: Any) -> Response:
        del pk
        with self.open(request) as source:
            grid = self.requested_grid(request, source)
            return Response(tile_corners(source, grid, (int(z), int(x), int(y))))
