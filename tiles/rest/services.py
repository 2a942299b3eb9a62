"""Services on one image: WMTS, OGC API - Tiles, TileJSON by grid; and the lists that a client chooses from."""

from typing import Any

from django.urls import URLPattern, path, re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tiles.conf import tiles_settings
from tiles.encode import FORMATS
from tiles.errors import UnknownName
from tiles.grids import tile_matrix_set, tile_matrix_sets
from tiles.regions.formats import DATA_FORMATS
from tiles.rest.errors import exception_handler
from tiles.rest.mixins_lists import ListTileSourcesView
from tiles.rest.ogc import OgcTilesMixin
from tiles.rest.tile import SET_NAME
from tiles.rest.wmts import CAPABILITIES, WmtsMixin
from tiles.styling.colormaps import canonical_name, color_table, colormap_names
from tiles.terrain.algorithms import ALGORITHMS

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
    """Beside `TilesMixin`; its routes are `services_urls`, or a router's."""


def services_urls(viewset: type[Any], *, name: str) -> list[URLPattern]:
    """Patterns for a viewset with `TilesMixin` and `ServicesMixin`, named ``{name}-wmts`` and so on."""

    def view(method: str) -> Any:
        return viewset.as_view({"get": method}, detail=True)

    return [
        path(CAPABILITIES, view("wmts"), name=f"{name}-wmts"),
        path("tiles", view("tilesets"), name=f"{name}-tilesets"),
        re_path(rf"^tiles/{SET_NAME}$", view("tileset"), name=f"{name}-tileset"),
        re_path(rf"^tiles/{SET_NAME}/tilejson\.json$", view("matrix_set_tilejson"), name=f"{name}-tileset-tilejson"),
    ]


class ListView(APIView):
    """Public facts about the software, the same for everybody."""

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (JSONRenderer,)

    def get_exception_handler(self) -> Any:
        return exception_handler


class MatrixSetsView(ListView):
    @extend_schema(operation_id="tile_matrix_sets", summary="Grids of tiles", responses=OpenApiTypes.OBJECT)
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
    @extend_schema(operation_id="tile_matrix_set", summary="One grid of tiles", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, identifier: str) -> Response:  # noqa: ARG002
        tiles_settings()
        document = tile_matrix_set(identifier).model_dump(mode="json", exclude_none=True, by_alias=True)
        return Response({"id": identifier, **document})


class ColormapsView(ListView):
    @extend_schema(operation_id="colormaps", summary="Names of color maps", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Each name also with `_r`, reversed."""
        base = request.build_absolute_uri(request.path).rstrip("/")
        link = {"rel": "item", "href": f"{base}/{{colormap}}", "type": "application/json", "templated": True}
        return Response({"colormaps": sorted(colormap_names()), "links": [link]})


class ColormapView(ListView):
    @extend_schema(operation_id="colormap", summary="The 256 colors of a color map", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, colormap: str) -> Response:  # noqa: ARG002
        """Red, green, blue and alpha of each value, as `colormap=` takes them."""
        table = color_table(canonical_name(colormap))
        return Response({str(value): color for value, color in enumerate(table.tolist())})


class FormatsView(ListView):
    @extend_schema(operation_id="tile_formats", summary="Formats of tiles and regions", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        pictures = {name: one.media_type for name, one in FORMATS.items()}
        return Response({"pictures": pictures, "values": {name: one.media_type for name, one in DATA_FORMATS.items()}})


class AlgorithmsView(ListView):
    @extend_schema(operation_id="algorithms", summary="What can be made of heights", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response({name: _algorithm(name) for name in ALGORITHMS})


class AlgorithmView(ListView):
    @extend_schema(operation_id="algorithm", summary="One algorithm and its options", responses=OpenApiTypes.OBJECT)
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
    @extend_schema(
        operation_id="tiles_conformance", summary="Standards that the tiles follow", responses=OpenApiTypes.OBJECT
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response({"conformsTo": CONFORMANCE})


class SourcesView(ListView, ListTileSourcesView):
    """Readers of files."""


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
