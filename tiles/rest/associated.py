"""Serve a slide's label and macro. They may name a patient, so they have a permission of their own."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tiles.conf import tiles_settings
from tiles.encoding.formats import image_format
from tiles.limits import deadline
from tiles.rest import parameters as p
from tiles.rest.base import SourceMixin
from tiles.rest.imagery import Reading
from tiles.rest.responses import declared
from tiles.slides.pixel_regions import associated_picture
from tiles.sources.pool import POOL

ASSOCIATED_PATH = r"associated/(?P<associated>[\w -]{1,64})\.(?P<image_format>\w{1,20})"
ASSOCIATED = p.Parameter("associated", p.STR, "One of the names.", "label", location=p.PATH)


class AssociatedMixin(SourceMixin):
    def check_associated(self, request: Request) -> None:
        """Raise PermissionDenied for a user who may see the slide but not its label; a hook for subclasses.

        Called after `get_source`. Without it, who sees the slide sees them.
        """

    @extend_schema(
        summary="Names of a slide's label, macro and thumbnail",
        responses=declared("Under `associated`: names."),
    )
    @action(detail=True, url_path="associated")
    def associated_list(self, request: Request, **_: Any) -> Response:
        ref = self.find_reference(request)
        self.check_associated(request)
        limits = tiles_settings().limits
        with deadline(limits.render_seconds), POOL.lease(ref, limits=limits) as source:
            return Response({"associated": source.associated_names})

    @extend_schema(
        summary="A slide's label, macro or thumbnail",
        parameters=[ASSOCIATED, p.PICTURE_FORMAT],
        responses=declared("The picture.", ("image/*",)),
    )
    @action(detail=True, url_path=ASSOCIATED_PATH)
    def associated_image(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        target, limits = image_format(kwargs["image_format"]), tiles_settings().limits
        ref, name = self.find_reference(request), kwargs["associated"]
        self.check_associated(request)

        def render() -> bytes:
            with deadline(limits.render_seconds), POOL.lease(ref, limits=limits) as source:
                return target.encode(associated_picture(source, name, side=limits.output_side))

        reading = Reading.complete((ref,), ("associated", name, target.name), render)
        response = self.respond(request, reading, media_type=target.media_type)
        # Whoever keeps answers on the way must not show it to somebody else.
        response["Cache-Control"] = "private, no-store"
        return response
