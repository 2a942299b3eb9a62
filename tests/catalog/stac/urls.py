"""The STAC API alone, so that its tests need no other part's routes."""

from django.urls import include, path

urlpatterns = [path("stac/", include("catalog.stac.urls"))]
