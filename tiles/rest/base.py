"""What every imagery view shares: where the image comes from, errors as JSON, conditional answers."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponse, HttpResponseNotModified, QueryDict
from django.http.response import HttpResponseBase
from django.utils.http import quote_etag
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from tiles.conf import tiles_settings
from tiles.errors import InvalidParameter, UnsupportedOperation
from tiles.geo.grids import Grid, grid
from tiles.rest import query as q
from tiles.rest.cache import PASSING, cached_reading, tile_key
from tiles.rest.conditional import is_known
from tiles.rest.errors import exception_handler
from tiles.rest.imagery import Imagery, Images, Reading, only
from tiles.rest.responses import incomplete, no_content
from tiles.sources.pool import POOL
from tiles.sources.protocol import Source
from tiles.sources.reference import SourceRef
from tiles.sources.subdatasets import with_subdataset

# Path parameters that name a tile or an output; all others say which image it is.
OWN_KWARGS = frozenset({
    "z", "x", "y", "scale", "image_format", "tile_matrix_set", "longitude", "latitude", "fmt",
    "level", "column", "row", "region", "size", "rotation", "quality", "associated",
})  # fmt: skip


class SourceMixin:
    """Base of the imagery mixins, for a DRF `ViewSet`.

    Subclasses say which image a request is about::

    class SceneViewSet(InfoMixin, TilesMixin, DataMixin, ViewSet):
        def get_source(self, request, **kwargs):
            scene = get_object_or_404(Scene, pk=kwargs["pk"])
            return SourceRef(scene.file.path, version=scene.checksum)
    """

    # Grid of tiles whose URL names none. None: pixel space, as in django-large-image.
    default_tilematrixset: ClassVar[str | None] = None
    # The Cache-Control of image responses, or a function of the request and the first reference that returns it.
    cache_control: ClassVar[str | Callable[..., str]] = "public, max-age=3600"
    default_tile_format: ClassVar[str] = "webp"
    # The grid that TileJSON's tiles name in their URLs when the request names none. None: they name none either.
    tilejson_matrix_set: ClassVar[str | None] = None

    kwargs: dict[str, Any]

    def get_source(self, request: Request, **kwargs: Any) -> SourceRef:
        """Name the image of this request, or raise (Http404, PermissionDenied, any `TilesError`)."""
        raise NotImplementedError(f"{type(self).__name__} has to define get_source")

    def get_sources(
        self,
        request: Request,  # noqa: ARG002
        assets: tuple[str, ...],
        **kwargs: Any,  # noqa: ARG002
    ) -> tuple[SourceRef, ...]:
        """Name the images that ``assets`` mean, in that order; raise for one that there isn't."""
        raise InvalidParameter(f"This is one image: it has no assets {', '.join(assets)}")

    def perform_content_negotiation(
        self,
        request: Request,  # noqa: ARG002
        force: Any = False,  # noqa: ARG002, FBT002
    ) -> tuple[BaseRenderer, str]:
        """Formats are named in the path; what isn't an image is JSON, whatever an `<img>` says it accepts."""
        return JSONRenderer(), JSONRenderer.media_type

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Any]:
        return exception_handler

    def find_reference(self, request: Request) -> SourceRef:
        """Return the image that the path names."""
        return self.get_source(request, **self._image_kwargs())

    def _image_kwargs(self) -> dict[str, Any]:
        """Return the path's parameters that say which image is meant."""
        found = dict(self.kwargs)
        for name in OWN_KWARGS & found.keys():
            del found[name]
        return found

    def find_references(self, request: Request) -> tuple[SourceRef, ...]:
        """Return the image, or with ``assets=red,green,blue`` one for each name."""
        if not {"assets", "subdataset"} & request.query_params.keys():
            return (self.find_reference(request),)
        names = q.names(request.query_params, "assets", most=tiles_settings().limits.bands)
        if not names:
            return (self._with_subdataset(request, self.find_reference(request)),)
        own = self._image_kwargs()
        return tuple(self._with_subdataset(request, ref) for ref in self.get_sources(request, names, **own))

    def _with_subdataset(self, request: Request, ref: SourceRef) -> SourceRef:
        name = q.text(request.query_params, "subdataset")
        return with_subdataset(ref, name) if name else ref

    def find_imagery(self, request: Request, *, without: Iterable[str] = ()) -> Imagery:
        """Return what this request is about, as it wants it: the one thing that its route shows.

        Args:
            without: names of parameters that mean something else than rendering on this route.
        """
        query = self.rendering_parameters(request, without=without) if without else request.query_params
        return Images(partial(self.find_references, request), self.find_grid, query)

    def rendering_parameters(self, request: Request, *, without: Iterable[str] = ()) -> QueryDict:
        """Return the request's parameters but those that mean something else here."""
        query: QueryDict = request.query_params
        if without:
            query = query.copy()
            for name in without:
                query.pop(name, None)
        return query

    def find_one(self, request: Request) -> SourceRef:
        """Return the image, or with ``assets=`` the one that it names. Raises InvalidParameter for several."""
        return only(self.find_references(request))

    def open(self, request: Request) -> AbstractContextManager[Source]:
        return POOL.lease(self.find_one(request), limits=tiles_settings().limits)

    def find_grid(self, source: Source, name: str | None = None) -> Grid:
        """The grid of that name, else the view's default; pixel space for images that aren't on Earth."""
        if not (name or source.is_geospatial):
            return source.pixel_grid
        name = name or self.default_tilematrixset
        if name in (None, "pixels"):
            return source.pixel_grid
        if not source.is_geospatial:
            raise UnsupportedOperation(f"This image has no place on Earth, so it has no tiles of {name}")
        return grid(str(name))

    def respond(
        self, request: Request, reading: Reading[Any], *, media_type: str, is_kept: bool = True
    ) -> HttpResponseBase:
        """Answer with what is read: 304 if the client has it, 204 if it is empty.

        Args:
            reading: of encoded content, or of a whole response.
            is_kept: whether the content, which is then bytes, goes through the shared cache.
        """
        key = tile_key(reading.refs, *reading.parts)
        etag = quote_etag(key)
        if "HTTP_IF_NONE_MATCH" in request.META and is_known(request, etag):
            response: HttpResponseBase = HttpResponseNotModified()
        else:
            content, missing = cached_reading(key, reading.read) if is_kept else reading.read()
            if isinstance(content, HttpResponseBase):
                response = content
            else:
                response = HttpResponse(content, content_type=media_type) if content else no_content()
            if missing:
                incomplete(response, missing)
            if missing in PASSING:
                return response
        control = self.cache_control
        response["ETag"] = etag
        response["Cache-Control"] = control(request, next(iter(reading.refs), None)) if callable(control) else control
        return response
