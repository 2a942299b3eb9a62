"""Offer django-large-image's mixins: the same classes, routes, names, parameters and answers, rendered by `tiles`.

A project changes one import: ``from tiles.rest import LargeImageFileDetailMixin``.
"""

from functools import wraps
from pathlib import Path
from typing import Any, ClassVar

from rest_framework.decorators import MethodMapper
from rest_framework.request import Request
from rest_framework.views import APIView

from tiles.large_image.locations import content_version, gdal_location
from tiles.rest.base import SourceMixin
from tiles.rest.compat.data import LargeImageDataMixin
from tiles.rest.compat.info import LargeImageInfoMixin
from tiles.rest.compat.tile_views import LargeImageTilesMixin
from tiles.rest.slides import SlidesMixin
from tiles.rest.viewer import ViewerMixin
from tiles.sources.reference import SourceRef


class LargeImageDetailMixin(LargeImageDataMixin, LargeImageInfoMixin, LargeImageTilesMixin, SlidesMixin, ViewerMixin):
    """Serve the imagery of each object of a viewset, below its detail route.

    Subclasses implement `get_path`::

        class SlideViewSet(LargeImageDetailMixin, ReadOnlyModelViewSet):
            def get_path(self, request, pk=None):
                return self.get_object().file.path

    Beside django-large-image's routes there are `tiles`' own: TileJSON, DeepZoom, IIIF, associated images.
    """

    default_tile_format: ClassVar[str] = "png"

    def __init_subclass__(cls, **options: Any) -> None:
        """Keep errors JSON, as the README of django-large-image has mixins stand behind the viewset's class."""
        super().__init_subclass__(**options)
        for name in ("perform_content_negotiation", "get_exception_handler"):
            if getattr(cls, name) is getattr(APIView, name):
                setattr(cls, name, SourceMixin.__dict__[name])

    def get_path(self, request: Request, pk: Any = None) -> str | Path:
        """Name the image of this request: a local path, a URL, or what `make_vsi` makes of one."""
        raise NotImplementedError(f"{type(self).__name__} has to define get_path")

    def get_version(self, request: Request, location: str) -> str:  # noqa: ARG002
        """Name the content at a location: part of cache keys and ETags. Override it where the model knows."""
        return content_version(location)

    def get_source(self, request: Request, **kwargs: Any) -> SourceRef:
        location = gdal_location(self.get_path(request, kwargs.get("pk")))
        name = Path(location).name
        version = self.get_version(request, location)
        return SourceRef(location, version=version, name=name, driver=self.find_reader(request))


def _on_list(method: Any) -> Any:
    """Return a copy of a detail action for the list route."""

    @wraps(method)
    def action(self: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        return method(self, request, *args, **kwargs)

    action.detail = False  # type: ignore[attr-defined]
    action.mapping = MethodMapper(action, list(method.mapping))  # type: ignore[attr-defined]
    return action


class LargeImageMixin(LargeImageDetailMixin):
    """Serve the imagery of a viewset without objects: the same routes directly below its prefix."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for name in dir(cls):
            method = getattr(cls, name)
            if getattr(method, "detail", None) is True and hasattr(method, "mapping"):
                setattr(cls, name, _on_list(method))
