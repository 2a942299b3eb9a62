"""Serve django-large-image's lists: readers, color maps, formats."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tiles.encoding.pillow import media_types
from tiles.rest.compat.base import readers
from tiles.styling.colormaps import colormap_names


class ListTileSourcesView(APIView):
    @extend_schema(summary="Readers that `source=` may name", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response({name: f"large-image's {name} source" if name != "gdal" else "GDAL" for name in readers()})


class ListColormapsView(APIView):
    @extend_schema(summary="Color maps that `palette=` may name", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response({"matplotlib": list(colormap_names()), "simple": ["red", "green", "blue"]})


class ListAvailableFormatsView(APIView):
    @extend_schema(summary="Image formats and their media types", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response(media_types())
