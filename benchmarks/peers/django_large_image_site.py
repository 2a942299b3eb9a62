"""django-large-image over the same folder; runs in its own environment, for gunicorn."""

import json
import os
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "django_large_image"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}},
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "DEFAULT_PERMISSION_CLASSES": []},
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django_large_image.rest import LargeImageDetailMixin  # noqa: E402
from rest_framework import viewsets  # noqa: E402
from rest_framework.routers import SimpleRouter  # noqa: E402


class Images(LargeImageDetailMixin, viewsets.ViewSet):
    def get_path(self, request, pk=None):  # noqa: ANN001, ANN201, ARG002
        return SLIDES.get(pk) or str(Path(os.environ["COG_DIR"]) / f"{pk}.tif")


# Name → path, of files that don't lie in that folder.
SLIDES = json.loads(os.environ.get("SLIDES", "{}"))
router = SimpleRouter(trailing_slash=False)
router.register("api/images", Images, basename="images")
urlpatterns = router.urls
application = get_wsgi_application()
