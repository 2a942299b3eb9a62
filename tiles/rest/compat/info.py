"""Serve django-large-image's ``info/…`` routes."""

import json
from typing import Any

import tifftools  # type: ignore[import-untyped]
import tifftools.commands  # type: ignore[import-untyped]
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.errors import UnsupportedOperation
from tiles.large_image import metadata as large_image_metadata
from tiles.rest.compat.base import BAND, BASE_PARAMETERS, LargeImageBase
from tiles.rest.info import InfoMixin


class NotLocal(APIException):
    status_code = 501
    default_code = "not_local"
    default_detail = "The tags of a TIFF are read from local files only"


class LargeImageInfoMixin(LargeImageBase, InfoMixin):
    @extend_schema(summary="Returns tile metadata.", parameters=BASE_PARAMETERS, responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path="info/metadata")
    def metadata(  # type: ignore[override]
        self,
        request: Request,
        pk: Any = None,  # noqa: ARG002
        **_: Any,
    ) -> Response:
        with self.open(request) as source:
            return Response(large_image_metadata.metadata(source, self.requested_grid(request, source)))

    @extend_schema(
        summary="Returns additional known metadata about the tile source.",
        parameters=BASE_PARAMETERS,
        responses=OpenApiTypes.OBJECT,
    )
    @action(detail=True, url_path="info/metadata_internal")
    def metadata_internal(  # type: ignore[override]
        self,
        request: Request,
        pk: Any = None,  # noqa: ARG002
        **_: Any,
    ) -> Response:
        with self.open(request) as source:
            return Response(large_image_metadata.internal_metadata(source))

    @extend_schema(summary="Returns bands information.", parameters=BASE_PARAMETERS, responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path="info/bands")
    def bands(  # type: ignore[override]
        self,
        request: Request,
        pk: Any = None,  # noqa: ARG002
        **_: Any,
    ) -> Response:
        with self.open(request) as source:
            return Response(large_image_metadata.bands(source))

    @extend_schema(
        summary="Returns single band information.", parameters=BASE_PARAMETERS, responses=OpenApiTypes.OBJECT
    )
    @action(detail=True, url_path="info/band")
    def band(self, request: Request, pk: Any = None, **_: Any) -> Response:  # noqa: ARG002
        index = BAND.integer(request.query_params, default=1)
        with self.open(request) as source:
            return Response(large_image_metadata.band(source, index))

    @extend_schema(
        summary="Retrieve all channels/bands for each frame.",
        parameters=BASE_PARAMETERS,
        responses=OpenApiTypes.OBJECT,
    )
    @action(detail=True, url_path="info/frames")
    def frames(  # type: ignore[override]
        self,
        request: Request,
        pk: Any = None,  # noqa: ARG002
        **_: Any,
    ) -> Response:
        with self.open(request) as source:
            return Response(large_image_metadata.frames(source))

    def find_tiff(self, request: Request) -> Any:
        """Name or open the file whose tags are asked for; a hook for subclasses."""
        location = self.find_reference(request).location
        if location.startswith("/vsi"):
            raise NotLocal
        return location

    @extend_schema(summary="Returns the tags of a TIFF as JSON.", responses=OpenApiTypes.OBJECT)
    @action(detail=True, url_path="info/tiffdump")
    def tiffdump(self, request: Request, pk: Any = None, **_: Any) -> Response:  # noqa: ARG002
        try:
            found = tifftools.read_tiff(self.find_tiff(request))
        except (tifftools.exceptions.TifftoolsError, OSError) as error:
            raise UnsupportedOperation("Only a TIFF has tags, and this file is none") from error
        document = json.loads(json.dumps(found, cls=tifftools.commands.ExtendedJsonEncoder))
        # Where the file lies is nobody's business.
        return Response(without_paths(document))


def without_paths(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_paths(each) for key, each in value.items() if key != "path_or_fobj"}
    return [without_paths(each) for each in value] if isinstance(value, list) else value
