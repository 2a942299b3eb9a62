"""The routes of one image, below whatever prefix names it."""

from typing import Any

from django.urls import URLPattern, path, re_path

from tiles.rest.data_urls import data_urls
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
        path("tilejson.json", view("tilejson"), name=f"{name}-tilejson"),
        re_path(rf"^tiles/{TILE_PATH}$", view("tile"), name=f"{name}-tile"),
        re_path(
            rf"^tiles/(?P<tile_matrix_set>[A-Za-z]\w{{0,63}})/{TILE_PATH}$",
            view("matrix_set_tile"),
            name=f"{name}-matrix-set-tile",
        ),
        *data_urls(viewset, name=name),
    ]
