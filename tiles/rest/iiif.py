"""Serve any image by the IIIF Image API 3.0, level 2."""

import json
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.encoding import escape_uri_path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.encoding.formats import image_format
from tiles.errors import UnsupportedFormat
from tiles.limits import deadline
from tiles.rest import parameters as p
from tiles.rest.base import SourceMixin
from tiles.rest.deepzoom import SHOWN, open_to_all
from tiles.rest.imagery import Reading
from tiles.rest.responses import MEANINGS, declared
from tiles.slides import iiif
from tiles.slides.pixel_regions import render_box, untouched_box
from tiles.sources.pool import POOL
from tiles.styling.style import parse_style

IIIF_IMAGE_PATH = (
    r"iiif/(?P<region>[^/]{1,100})/(?P<size>[^/]{1,60})/(?P<rotation>[^/]{1,30})"
    r"/(?P<quality>[^/.]{1,30})\.(?P<image_format>[^/]{1,20})"
)
WORDS = [
    p.Parameter("region", p.STR, "`full`, `square`, `x,y,w,h` or `pct:x,y,w,h`.", "full", location=p.PATH),
    p.Parameter("size", p.STR, "`max`, `w,`, `,h`, `w,h`, `!w,h` or `pct:n`.", "512,", location=p.PATH),
    p.Parameter("rotation", p.STR, "0, 90, 180, 270; after `!` mirrored.", "0", location=p.PATH),
    p.Parameter("quality", p.STR, "Its colors.", "default", location=p.PATH, enum=[*iiif.QUALITIES]),
    p.Parameter("image_format", p.STR, "Of the picture.", "jpg", location=p.PATH, enum=[*iiif.FORMATS]),
]


class IiifMixin(SourceMixin):
    @extend_schema(
        summary="IIIF's base address: redirects to info.json", responses={303: OpenApiResponse(None, MEANINGS[303])}
    )
    @action(detail=True, url_path="iiif")
    def iiif_base(self, request: Request, **_: Any) -> HttpResponse:
        self.find_reference(request)
        response = HttpResponse(status=303)
        response["Location"] = request.build_absolute_uri(escape_uri_path(request.path).rstrip("/") + "/info.json")
        return open_to_all(response)

    @extend_schema(summary="IIIF image information", responses=declared("`info.json` of IIIF Image API 3."))
    @action(detail=True, url_path=r"iiif/info\.json")
    def iiif_info(self, request: Request, **_: Any) -> HttpResponse:
        limits = tiles_settings().limits
        base = request.build_absolute_uri(escape_uri_path(request.path).removesuffix("/info.json"))
        with self.open(request) as source:
            document = iiif.describe(base, (source.width, source.height), source.pixel_grid, limits=limits)
        accepts_ld = "application/ld+json" in request.headers.get("Accept", "")
        media_type = iiif.MEDIA_TYPE if accepts_ld else "application/json"
        response = HttpResponse(json.dumps(document), content_type=media_type)
        response["Link"] = '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
        response["Vary"] = "Accept"
        return open_to_all(response)

    @extend_schema(summary="IIIF image", parameters=[*WORDS, *SHOWN], responses=declared("The picture.", ("image/*",)))
    @action(detail=True, url_path=IIIF_IMAGE_PATH)
    def iiif_image(self, request: Request, **kwargs: Any) -> HttpResponseBase:
        """Render any part of the image at any size.

        ``region``: full, square, x,y,w,h or pct:x,y,w,h. ``size``: max, w,, ,h, w,h, !w,h or pct:n, after ^ larger
        than the region. ``rotation``: 0, 90, 180, 270, after ! mirrored. ``quality``: default, color, gray, bitonal.
        """
        style = parse_style(request.query_params)
        if kwargs["image_format"] not in iiif.FORMATS:
            found = kwargs["image_format"]
            raise UnsupportedFormat(f"IIIF images come as {', '.join(iiif.FORMATS)}, not as {found!r}")
        target = image_format(kwargs["image_format"])
        ref, limits = self.find_one(request), tiles_settings().limits
        words = {name: kwargs[name] for name in ("region", "size", "rotation", "quality")}

        def render() -> bytes:
            with deadline(limits.render_seconds), POOL.lease(ref, limits=limits) as source:
                wanted = iiif.parse_request((source.width, source.height), **words, limits=limits)
                plain = not (wanted.mirrored or wanted.turns) and wanted.quality in {"default", "color"}
                native = untouched_box(source, wanted.box, wanted.size, style=style, target=target) if plain else b""
                if native:
                    return native
                picture = render_box(source, wanted.box, wanted.size, style=style, limits=limits)
                return target.encode(iiif.finish(picture, wanted))

        reading = Reading.complete((ref,), ("iiif", *words.values(), style.canonical, target.name), render)
        response = self.respond(request, reading, media_type=target.media_type)
        return open_to_all(response)
