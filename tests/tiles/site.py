"""Viewsets of another project, with the mixins that take django-large-image's place."""

from typing import Any

from django.urls import include, path
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import GenericViewSet, ViewSet

from tests.tiles.urls import FILES
from tiles.rest import LargeImageDetailMixin, LargeImageFileDetailMixin, LargeImageMixin


# The mixin last, as django-large-image's README has it.
class PathViewSet(GenericViewSet, LargeImageDetailMixin):
    authentication_classes = ()
    permission_classes = ()

    def get_path(self, request: Request, pk: Any = None):  # noqa: ARG002
        return FILES[pk]


class OneViewSet(ViewSet, LargeImageMixin):
    authentication_classes = ()
    permission_classes = ()

    def get_path(self, request: Request, pk: Any = None):  # noqa: ARG002
        return FILES[request.query_params["name"]]


class FieldViewSet(LargeImageFileDetailMixin, GenericViewSet):
    authentication_classes = ()
    permission_classes = ()
    # The field file of the object asked for; set by a test.
    file: Any = None
    FILE_FIELD_NAME = "file"

    def get_object(self):
        return self


router = SimpleRouter(trailing_slash=False)
router.register("paths", PathViewSet, basename="path")
router.register("one", OneViewSet, basename="one")
router.register("fields", FieldViewSet, basename="field")
urlpatterns = [path("", include("tiles.urls")), *router.urls]
