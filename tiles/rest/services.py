"""Serve one image by WMTS, OGC API - Tiles and TileJSON by grid, and the lists that a client chooses from."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.urls import path
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tiles.conf import tiles_settings
from tiles.encoding.formats import DATA_FORMATS, FORMATS
from tiles.errors import UnknownName
from tiles.geo.grids import tile_matrix_set, tile_matrix_sets
from tiles.rest import parameters as p
from tiles.rest.compat.lists import ListTileSourcesView
from tiles.rest.errors import exception_handler
from tiles.rest.ogc import OgcTilesMixin
from tiles.rest.responses import declared
from tiles.rest.wmts import WmtsMixin
from tiles.styling.algorithms import ALGORITHMS
from tiles.styling.colormaps import canonical_name, color_table, colormap_names

View = TypeVar("View", bound=Callable[..., Any])
CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/{name}"
    for name in (
        "ogcapi-common-1/1.0/conf/core",
        "ogcapi-common-1/1.0/conf/json",
        "ogcapi-tiles-1/1.0/conf/core",
        "ogcapi-tiles-1/1.0/conf/tileset",
        "ogcapi-tiles-1/1.0/conf/tilesets-list",
        "ogcapi-tiles-1/1.0/conf/png",
        "ogcapi-tiles-1/1.0/conf/jpeg",
        "tms/2.0/conf/tilematrixset",
        "tms/2.0/conf/json-tilematrixset",
    )
)


class ServicesMixin(WmtsMixin, OgcTilesMixin):
    """Add WMTS and OGC API - Tiles to a view with `TilesMixin`; its routes are `services_urls`, or a router's."""


def _listed(operation: str, summary: str, example: Any) -> Callable[[View], View]:
    """Describe a list that is the same for everybody."""
    examples = [OpenApiExample("example", value=example, response_only=True)]
    found = declared(summary, errors=())
    return extend_schema(operation_id=operation, summary=summary, responses=found, examples=examples)


def _named(operation: str, summary: str, part: str, example: str) -> Callable[[View], View]:
    """Describe a member of such a list, which the path names."""
    parameters = [p.Parameter(part, p.STR, "One of the list's names.", example, location=p.PATH)]
    found = declared(summary, errors=(404,))
    return extend_schema(operation_id=operation, summary=summary, parameters=parameters, responses=found)


class ListView(APIView):
    """Serve a list that is public and the same for everybody."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    def get_exception_handler(self) -> Any:
        return exception_handler


class MatrixSetsView(ListView):
    @_listed("tile_matrix_sets", "Grids of tiles", {"tileMatrixSets": [{"id": "WebMercatorQuad", "links": []}]})
    def get(self, request: Request) -> Response:
        tiles_settings()
        base = request.build_absolute_uri(request.path).rstrip("/")
        return Response({"tileMatrixSets": [_set_entry(base, name) for name in tile_matrix_sets()]})


def _set_entry(base: str, name: str) -> dict[str, Any]:
    definition = tile_matrix_set(name)
    link = {"rel": "self", "href": f"{base}/{name}", "type": "application/json", "title": f"Definition of {name}"}
    entry = {"id": name, "title": definition.title or name, "links": [link]}
    return entry | ({"uri": str(definition.uri)} if definition.uri else {})


class MatrixSetView(ListView):
    @_named("tile_matrix_set", "One grid of tiles", "identifier", "WebMercatorQuad")
    def get(self, request: Request, identifier: str) -> Response:  # noqa: ARG002
        tiles_settings()
        document = tile_matrix_set(identifier).model_dump(mode="json", exclude_none=True, by_alias=True)
        return Response({"id": identifier, **document})


class ColormapsView(ListView):
    @_listed("colormaps", "Names of color maps", {"colormaps": ["viridis", "viridis_r"]})
    def get(self, request: Request) -> Response:
        """List the names of color maps; each also exists with `_r`, reversed."""
        base = request.build_absolute_uri(request.path).rstrip("/")
        link = {"rel": "item", "href": f"{base}/{{colormap}}", "type": "application/json", "templated": True}
        return Response({"colormaps": sorted(colormap_names()), "links": [link]})


class ColormapView(ListView):
    @_named("colormap", "The 256 colors of a color map", "colormap", "viridis")
    def get(self, request: Request, colormap: str) -> Response:  # noqa: ARG002
        """Return red, green, blue and alpha of each value, as `colormap=` takes them."""
        table = color_table(canonical_name(colormap))
        return Response({str(value): color for value, color in enumerate(table.tolist())})


class FormatsView(ListView):
    @_listed("tile_formats", "Formats of tiles and regions", {"pictures": {"png": "image/png"}, "values": {}})
    def get(self, request: Request) -> Response:  # noqa: ARG002
        pictures = {name: one.media_type for name, one in FORMATS.items()}
        return Response({"pictures": pictures, "values": {name: one.media_type for name, one in DATA_FORMATS.items()}})


class AlgorithmsView(ListView):
    @_listed("algorithms", "What can be made of heights", {"aspect": {"title": "Where slopes face"}})
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response({name: _algorithm(name) for name in ALGORITHMS})


class AlgorithmView(ListView):
    @_named("algorithm", "One algorithm and its options", "algorithm", "hillshade")
    def get(self, request: Request, algorithm: str) -> Response:  # noqa: ARG002
        if algorithm not in ALGORITHMS:
            message = f"algorithm must be one of {', '.join(ALGORITHMS)}, not {algorithm[:60]!r}"
            raise UnknownName(algorithm, message)
        return Response(_algorithm(algorithm))


def _algorithm(name: str) -> dict[str, Any]:
    title, options = ALGORITHMS[name]
    properties = {
        key: {
            "type": "number",
            "default": option.default,
            "minimum": option.lowest,
            "maximum": option.highest,
            "description": option.meaning,
        }
        for key, option in options.items()
    }
    return {"title": title, "parameters": {"type": "object", "properties": properties, "additionalProperties": False}}


class ConformanceView(ListView):
    @_listed("tiles_conformance", "Standards that the tiles follow", {"conformsTo": [CONFORMANCE[0]]})
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response({"conformsTo": [*CONFORMANCE, *tiles_settings().conformance]})


class SourcesView(ListView, ListTileSourcesView):
    @_listed("tile_sources", "Readers of files", {"gdal": "GDAL"})
    def get(self, request: Request) -> Response:
        return super().get(request)


urlpatterns = [
    path("conformance", ConformanceView.as_view(), name="tiles-conformance"),
    path("tileMatrixSets", MatrixSetsView.as_view(), name="tile-matrix-sets"),
    path("tileMatrixSets/<str:identifier>", MatrixSetView.as_view(), name="tile-matrix-set"),
    path("colormaps", ColormapsView.as_view(), name="colormaps"),
    path("colormaps/<str:colormap>", ColormapView.as_view(), name="colormap"),
    path("formats", FormatsView.as_view(), name="tile-formats"),
    path("sources", SourcesView.as_view(), name="tile-sources"),
    path("algorithms", AlgorithmsView.as_view(), name="algorithms"),
    path("algorithms/<str:algorithm>", AlgorithmView.as_view(), name="algorithm"),
]
