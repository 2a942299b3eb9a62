"""Serve what is known about an image: summary, metadata, bands, statistics."""

from typing import Any

from django.utils.encoding import escape_uri_path
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.regions.description import describe_frames, describe_internals
from tiles.regions.technical import technical
from tiles.rest import parameters as p
from tiles.rest.base import SourceMixin
from tiles.rest.responses import declared

LINKS = (
    "info/metadata", "info/metadata_internal", "info/bands", "info/frames", "info/statistics", "data/statistics",
    "data/histogram", "tilejson.json",
)  # fmt: skip


class InfoMixin(SourceMixin):
    @extend_schema(summary="An image and its links", responses=declared("Its name, version and links."))
    @action(detail=True, url_path="info")
    def summary(self, request: Request, **_: Any) -> Response:
        ref = self.find_reference(request)
        base = request.build_absolute_uri(escape_uri_path(request.path))
        links = [{"rel": path.removesuffix(".json").split("/")[-1], "href": f"{base}{path}"} for path in LINKS]
        links.append({"rel": "thumbnail", "href": f"{base}data/thumbnail.{self.default_tile_format}"})
        return Response({"name": ref.name, "version": ref.version, "links": links})

    @extend_schema(
        summary="Size, format and place of an image",
        parameters=p.VARIABLE,
        responses=declared("Size, format and place of an image"),
    )
    @action(detail=True, url_path="info/metadata")
    def metadata(self, request: Request, **_: Any) -> Response:
        return Response(self.find_imagery(request).metadata())

    @extend_schema(
        summary="What an image's file says of itself",
        parameters=p.VARIABLE,
        responses=declared("What an image's file says of itself"),
    )
    @action(detail=True, url_path="info/metadata_internal")
    def metadata_internal(self, request: Request, **_: Any) -> Response:
        """Tell everything that the reader knows: tags, coordinate system, control points, compression, overviews."""
        with self.open(request) as source:
            found = describe_internals(source)
        # Files say of people and places, too: who may not be told of them gets what is about pixels.
        return Response(found if self.tells_all(request) else technical(found))

    def tells_all(self, request: Request) -> bool:  # noqa: ARG002
        """Say whether this reader is told all that a file says of itself; a hook for subclasses."""
        return True

    @extend_schema(summary="Frames of an image", parameters=p.VARIABLE, responses=declared("Frames of an image"))
    @action(detail=True, url_path="info/frames")
    def frames(self, request: Request, **_: Any) -> Response:
        """List the image's frames and the bands of each, in large-image's shape; most images have one frame."""
        with self.open(request) as source:
            return Response(describe_frames(source))

    @extend_schema(summary="Bands of an image", parameters=p.VARIABLE, responses=declared("Bands of an image"))
    @action(detail=True, url_path="info/bands")
    def bands(self, request: Request, **_: Any) -> Response:
        return Response(self.find_imagery(request).bands())

    @extend_schema(
        summary="Statistics of an image's bands",
        parameters=[p.BIDX, *p.VARIABLE],
        responses=declared("As stored, or measured on a sample."),
    )
    @action(detail=True, url_path="info/statistics")
    def statistics(self, request: Request, **_: Any) -> Response:
        return Response(self.find_imagery(request).statistics())
