"""A site with nothing but imagery, as another project would mix it in."""

from pathlib import Path
from typing import Any

from django.http import Http404
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from tiles.geo.grids import WEB_MERCATOR
from tiles.rest import DataMixin, InfoMixin, ServicesMixin, TilesMixin, imagery_urls, services_urls
from tiles.sources.reference import SourceRef

# Test name → path of its file; filled by the `publish` fixture.
FILES: dict[str, Path] = {}


class FileViewSet(InfoMixin, TilesMixin, ServicesMixin, DataMixin, ViewSet):
    default_tilematrixset = WEB_MERCATOR
    authentication_classes = ()
    permission_classes = ()

    def get_source(self, request: Request, **kwargs: Any) -> SourceRef:  # noqa: ARG002
        try:
            found = FILES[kwargs["name"]]
        except KeyError:
            raise Http404 from None
        return SourceRef(str(found), version="1", name=found.name)

    def get_sources(self, request: Request, assets: tuple[str, ...], **_: Any) -> tuple[SourceRef, ...]:
        return tuple(self.get_source(request, name=name) for name in assets)


urlpatterns = [
    path("tiles/", include("tiles.rest.services")),
    path("files/<str:name>/", include([*imagery_urls(FileViewSet), *services_urls(FileViewSet, name="imagery")])),
]
