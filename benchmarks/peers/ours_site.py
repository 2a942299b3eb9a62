"""Our tiles over a folder of files, as a bare mixin in a site with nothing else, for any WSGI server."""

import json
import os
from pathlib import Path
from typing import Any, ClassVar

import django
from django.conf import settings

FOLDER = Path(os.environ["COG_DIR"])
# Name → path.
SLIDES: dict[str, str] = json.loads(os.environ.get("SLIDES", "{}"))

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework", "tiles"],
    MIDDLEWARE=[],
    CACHES={
        name: {"BACKEND": "geodata.redis_cache.RedisCache", "LOCATION": os.environ.get("REDIS_URL", "")}
        for name in ("default", "tiles")
    },
    TILES={"cache_alias": "tiles" if os.environ.get("REDIS_URL") else ""},
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework.viewsets import ViewSet  # noqa: E402

from tiles.rest import DataMixin, InfoMixin, TilesMixin, imagery_urls  # noqa: E402
from tiles.sources.reference import SourceRef  # noqa: E402


class FileViewSet(InfoMixin, TilesMixin, DataMixin, ViewSet):
    default_tilematrixset: ClassVar[str | None] = "WebMercatorQuad"
    permission_classes = ()

    def get_source(self, request: Any, **kwargs: Any) -> SourceRef:  # noqa: ARG002
        return SourceRef(str(FOLDER / f"{kwargs['name']}.tif"), version="1")

    def get_sources(self, request: Any, assets: tuple[str, ...], **_: Any) -> tuple[SourceRef, ...]:
        return tuple(self.get_source(request, name=name) for name in assets)


class SlideViewSet(FileViewSet):
    default_tilematrixset = None

    def get_source(self, request: Any, **kwargs: Any) -> SourceRef:  # noqa: ARG002
        return SourceRef(SLIDES[kwargs["name"]], version="1")


urlpatterns = [
    path("slides/<str:name>/", include(imagery_urls(SlideViewSet))),
    path("files/<str:name>/", include(imagery_urls(FileViewSet))),
]
application = get_wsgi_application()
