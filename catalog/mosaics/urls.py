"""Routes below ``/tiles/searches/``."""

from django.urls import path, re_path

from tiles.rest.data import POINT_PATH
from tiles.rest.tile import TILE_PATH

from . import facts, tiles, views

ID = r"^(?P<search_id>[^/]+)/"
MATRIX_SET = r"(?P<tile_matrix_set>[A-Za-z]\w{0,63})"
PLACE = r"(?P<z>-?\d{1,20})/(?P<x>-?\d{1,20})/(?P<y>-?\d{1,20})"

urlpatterns = [
    path("", views.SearchesView.as_view(), name="searches"),
    path("<str:search_id>/", views.SearchLayerView.as_view(), name="search"),
    path("<str:search_id>/tilejson.json", facts.TileJSONView.as_view(), name="search-tilejson"),
    re_path(rf"{ID}tiles/{TILE_PATH}$", tiles.TileView.as_view(), name="search-tile"),
    re_path(rf"{ID}tiles/{MATRIX_SET}/{TILE_PATH}$", tiles.MatrixSetTileView.as_view(), name="search-matrix-set-tile"),
    re_path(rf"{ID}tiles/{PLACE}/assets$", facts.TileItemsView.as_view(), name="search-tile-assets"),
    re_path(
        rf"{ID}tiles/{MATRIX_SET}/{PLACE}/assets$",
        facts.MatrixSetTileItemsView.as_view(),
        name="search-matrix-set-tile-assets",
    ),
    re_path(rf"{ID}point/{POINT_PATH}$", facts.PointView.as_view(), name="search-point"),
]
