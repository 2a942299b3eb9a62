"""Route a project that has `tiles` among its apps: ``path("", include("tiles.urls"))``."""

from django.urls import path

from tiles.rest.compat.lists import ListAvailableFormatsView, ListColormapsView, ListTileSourcesView

urlpatterns = [
    path("api/large-image/sources", ListTileSourcesView.as_view(), name="large-image-sources"),
    path("api/large-image/colormaps", ListColormapsView.as_view(), name="large-image-colormaps"),
    path("api/large-image/formats", ListAvailableFormatsView.as_view(), name="large-image-formats"),
]
