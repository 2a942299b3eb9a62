"""Routes below ``/tiles/searches/``: the names that single images have, and those of searches."""

from django.urls import path, re_path

from catalog.mosaics import (
    facts,
    histogram,
    members,
    pixels,
    points,
    profiles,
    regions,
    services,
    statistics,
    tile_items,
    tiles,
    views,
)
from tiles.rest.data import POINT_PATH
from tiles.rest.region import FORMAT_PATH
from tiles.rest.tile import SET_NAME, TILE_PATH
from tiles.rest.wmts import CAPABILITIES

ID = r"^(?P<search_id>[^/]+)/"
PLACE = r"(?P<z>-?\d{1,20})/(?P<x>-?\d{1,20})/(?P<y>-?\d{1,20})"

urlpatterns = [
    path("", views.SearchesView.as_view(), name="searches"),
    path("<str:search_id>/", views.SearchLayerView.as_view(), name="search"),
    path("<str:search_id>/tilejson.json", services.TileJSONView.as_view(), name="search-tilejson"),
    path(f"<str:search_id>/{CAPABILITIES}", services.WmtsView.as_view(), name="search-wmts"),
    path("<str:search_id>/tiles", services.TilesetsView.as_view(), name="search-tilesets"),
    re_path(rf"{ID}tiles/{SET_NAME}$", services.TilesetView.as_view(), name="search-tileset"),
    re_path(
        rf"{ID}tiles/{SET_NAME}/tilejson\.json$",
        services.MatrixSetTileJSONView.as_view(),
        name="search-tileset-tilejson",
    ),
    re_path(rf"{ID}tiles/{TILE_PATH}$", tiles.TileView.as_view(), name="search-tile"),
    re_path(rf"{ID}tiles/{SET_NAME}/{TILE_PATH}$", tiles.MatrixSetTileView.as_view(), name="search-matrix-set-tile"),
    re_path(rf"{ID}tiles/{PLACE}/assets$", tile_items.TileItemsView.as_view(), name="search-tile-assets"),
    re_path(
        rf"{ID}tiles/{SET_NAME}/{PLACE}/assets$",
        tile_items.MatrixSetTileItemsView.as_view(),
        name="search-matrix-set-tile-assets",
    ),
    path("<str:search_id>/info/metadata", facts.MetadataView.as_view(), name="search-metadata"),
    path("<str:search_id>/info/bands", facts.BandsView.as_view(), name="search-bands"),
    path("<str:search_id>/info/statistics", facts.StoredStatisticsView.as_view(), name="search-stored-statistics"),
    path("<str:search_id>/info/frames", members.FramesView.as_view(), name="search-frames"),
    path("<str:search_id>/info/metadata_internal", members.InternalsView.as_view(), name="search-metadata-internal"),
    re_path(rf"{ID}data/thumbnail{FORMAT_PATH}$", regions.ThumbnailView.as_view(), name="search-thumbnail"),
    re_path(rf"{ID}data/preview{FORMAT_PATH}$", regions.PreviewView.as_view(), name="search-preview"),
    re_path(rf"{ID}data/region{FORMAT_PATH}$", regions.RegionView.as_view(), name="search-region"),
    path("<str:search_id>/data/statistics", statistics.StatisticsView.as_view(), name="search-statistics"),
    path("<str:search_id>/data/histogram", histogram.HistogramView.as_view(), name="search-histogram"),
    path("<str:search_id>/data/profile", profiles.ProfileView.as_view(), name="search-profile"),
    path("<str:search_id>/data/pixel", pixels.PixelView.as_view(), name="search-pixel"),
    re_path(rf"{ID}data/point/{POINT_PATH}$", points.PointView.as_view(), name="search-data-point"),
    re_path(rf"{ID}point/{POINT_PATH}$", points.ItemPointsView.as_view(), name="search-point"),
]
