"""The STAC API alone, so that its tests need no other part's routes."""

from django.urls import include, path

handler404 = "geodata.errors.not_found"
urlpatterns = [path("stac/", include("catalog.stac.urls"))]
