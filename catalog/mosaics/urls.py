"""Route ``/tiles/searches/``: the names that single images have, and those of searches."""

from django.urls import include, path

from catalog.mosaics.views import SearchesView, SearchViews
from tiles.rest.urls import NAMES, action_urls

SEARCH = [
    path("", SearchViews.as_view({"get": "summary", "delete": "forget"}, detail=True), name="search"),
    *action_urls(
        SearchViews,
        SearchViews,
        name="search",
        names={**NAMES, "statistics": "stored-statistics", "pixel_statistics": "statistics", "point": "data-point"},
    ),
]
urlpatterns = [path("", SearchesView.as_view(), name="searches"), path("<str:search_id>/", include(SEARCH))]
