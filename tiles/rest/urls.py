"""The routes of one image, below whatever prefix names it."""

from typing import Any

from django.urls import URLPattern, path, re_path

from tiles.rest.data import POINT_PATH
from tiles.rest.tile import TILE_PATH

GET = "get"


def imagery_urls(viewset: type[Any], *, name: str = "imagery") -> list[URLPattern]:
    """Patterns for a viewset with `InfoMixin`, `TilesMixin` and `DataMixin`, named ``{name}-tile`` and so on.

    ``path("tiles/<str:item>/", include(imagery_urls(ItemImagery)))``
    """

    def view(method: str) -> Any:
        return viewset.as_view({GET: method}, detail=True)

    return [
        path("", view("summary"), name=name),
        path("info/metadata", view("metadata"), name=f"{name}-metadata"),
        path("info/bands", view("bands"), name=f"{name}-bands"),
        path("info/statistics", view("statistics"), name=f"{name}-statistics"),
        path("tilejson.json", view("tilejson"), name=f"{name}-tilejson"),
        re_path(rf"^tiles/{TILE_PATH}$", view("tile"), name=f"{name}-tile"),
        re_path(
            rf"^tiles/(?P<tile_matrix_set>[A-Za-z]\w{{0,63}})/{TILE_PATH}$",
            view("matrix_set_tile"),
            name=f"{name}-matrix-set-tile",
        ),
        re_path(r"^data/thumbnail\.(?P<image_format>\w{1,20})$", view("thumbnail"), name=f"{name}-thumbnail"),
        path("data/pixel", view("pixel"), name=f"{name}-pixel"),
        re_path(rf"^data/point/{POINT_PATH}$", view("point"), name=f"{name}-point"),
    ]
