"""The routes of an image's facts and pixels outside the tile grid."""

from typing import Any

from django.urls import URLPattern, path, re_path

from tiles.rest.data import POINT_PATH
from tiles.rest.region import FORMAT_PATH


def data_urls(viewset: type[Any], *, name: str) -> list[URLPattern]:
    """Patterns for a viewset with `InfoMixin` and `DataMixin`."""

    def view(method: str, *, posts: bool = False) -> Any:
        methods = {"get": method, "post": method} if posts else {"get": method}
        return viewset.as_view(methods, detail=True)

    return [
        path("info/metadata", view("metadata"), name=f"{name}-metadata"),
        path("info/metadata_internal", view("metadata_internal"), name=f"{name}-metadata-internal"),
        path("info/bands", view("bands"), name=f"{name}-bands"),
        path("info/frames", view("frames"), name=f"{name}-frames"),
        path("info/statistics", view("statistics"), name=f"{name}-statistics"),
        re_path(rf"^data/thumbnail{FORMAT_PATH}$", view("thumbnail"), name=f"{name}-thumbnail"),
        re_path(rf"^data/preview{FORMAT_PATH}$", view("preview"), name=f"{name}-preview"),
        re_path(rf"^data/region{FORMAT_PATH}$", view("region", posts=True), name=f"{name}-region"),
        path("data/pixel", view("pixel"), name=f"{name}-pixel"),
        re_path(rf"^data/point/{POINT_PATH}$", view("point"), name=f"{name}-point"),
        path("data/profile", view("profile", posts=True), name=f"{name}-profile"),
        path("data/histogram", view("histogram"), name=f"{name}-histogram"),
        path("data/statistics", view("pixel_statistics", posts=True), name=f"{name}-pixel-statistics"),
    ]
