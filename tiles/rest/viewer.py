"""Serve a page that shows an image, beside its tiles."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.encoding import escape_uri_path
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.geo.grids import WEB_MERCATOR
from tiles.rest import query as q
from tiles.rest.base import SourceMixin
from tiles.rest.parameters import MATRIX_SET, RENDERING
from tiles.rest.responses import declared
from tiles.styling.style import parse_style


class ViewerMixin(SourceMixin):
    @extend_schema(
        summary="A page that shows the image",
        parameters=[MATRIX_SET, *RENDERING],
        responses=declared("The page.", ("text/html",)),
    )
    @action(detail=True, url_path="viewer")
    def viewer(self, request: Request, **_: Any) -> HttpResponse:
        """Show the image in its own pixels, or with ``tileMatrixSetId=WebMercatorQuad`` on a map."""
        parse_style(request.query_params)
        ref = self.find_references(request)[0]
        query = q.rendering_query(request.query_params)
        on_map = (MATRIX_SET.text(request.query_params) or self.default_tilematrixset) == WEB_MERCATOR
        parts = [part for part in (query, f"tileMatrixSetId={WEB_MERCATOR}" if on_map else "") if part]
        address = escape_uri_path(request.path).rstrip("/").removesuffix("viewer") + "tilejson.json"
        src = f"{address}?{'&'.join(parts)}" if parts else address
        context = {"src": src, "title": ref.name or "Image"}
        return render(request._request, "tiles/viewer_page.html", context)  # noqa: SLF001 -- Django's own
