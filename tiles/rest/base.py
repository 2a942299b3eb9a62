"""Share among imagery views where the image comes from, errors as JSON, conditional and cached responses.

The cache of rendered tiles is shared: a burst of requests for one new tile renders it once, across processes.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.core.cache import caches
from django.http import HttpResponse, HttpResponseNotModified, QueryDict
from django.http.response import HttpResponseBase
from django.utils.http import quote_etag
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from tiles.conf import TilesSettings, tiles_settings
from tiles.errors import InvalidParameter, UnsupportedOperation
from tiles.geo.grids import Grid, grid
from tiles.limits import deadline
from tiles.rest import parameters as p
from tiles.rest.errors import exception_handler
from tiles.rest.imagery import PASSING, Imagery, Images, Reading, only
from tiles.rest.responses import incomplete, is_known, no_content
from tiles.sources.cubes import with_selection
from tiles.sources.pool import POOL
from tiles.sources.protocol import Source
from tiles.sources.reference import SourceRef
from tiles.sources.stores import waiting
from tiles.sources.subdatasets import with_subdataset
from tiles.stages import FROM_CACHE, STAGES, write_stage

log = logging.getLogger(__name__)

# Path parameters that name a tile or an output; all others say which image it is.
OWN_KWARGS = frozenset({
    "z", "x", "y", "scale", "image_format", "tile_matrix_set", "longitude", "latitude", "fmt",
    "level", "column", "row", "region", "size", "rotation", "quality", "associated",
})  # fmt: skip
# Raised whenever the same parameters give other pixels, so that no old tile is shown.
RENDERER_VERSION = 4
# Seconds between two looks at whether another process has finished.
POLL_SECONDS = 0.015
# What cached content begins with that not all images were looked at for.
LIMITED = b"\x00incomplete\x00"
LIMIT = "items"
# What a file's content is known by.
_CONTENT = attrgetter("location", "version", "subdataset")

_flights: dict[str, threading.Lock] = {}
_flights_lock = threading.Lock()
_paused_until = 0.0


class SourceMixin:
    """Find the image of a request and answer from it: the base of the imagery mixins, for a DRF `ViewSet`.

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

    # Called with a request whose content no cache has, before it is made: sites that bound how often raise Throttled.
    admit_making: ClassVar[Callable[..., None] | None] = None

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
        """Take the first renderer: paths name formats, and all else is JSON, whatever an `<img>` says it accepts."""
        return JSONRenderer(), JSONRenderer.media_type

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Any]:
        return exception_handler

    def find_reference(self, request: Request) -> SourceRef:
        """Return the image that the path names."""
        named = dict(self.kwargs)
        for name in OWN_KWARGS & named.keys():
            del named[name]
        return self.get_source(request, **named)

    def find_references(self, request: Request) -> tuple[SourceRef, ...]:
        """Return the image, or with ``assets=red,green,blue`` one for each name."""
        if not {"assets", "subdataset", "sel", "sel_method"} & request.query_params.keys():
            return (self.find_reference(request),)
        names = p.ASSETS.words(request.query_params)
        if not names:
            return (self._with_plane(request, self.find_reference(request)),)
        own = {k: v for k, v in self.kwargs.items() if k not in OWN_KWARGS}
        return tuple(self._with_plane(request, ref) for ref in self.get_sources(request, names, **own))

    def _with_plane(self, request: Request, ref: SourceRef) -> SourceRef:
        """Return the variable, and the planes of it, that the request names."""
        query = request.query_params
        if name := p.SUBDATASET.text(query):
            ref = with_subdataset(ref, name)
        selected, method = [text for text in query.getlist("sel") if text.strip()], p.SELECTION_METHOD.choice(query)
        most = tiles_settings().limits.bands
        if len(selected) > most:
            raise InvalidParameter(f"sel is given {len(selected)} times; the limit is {most}")
        return with_selection(ref, selected, method) if selected else ref

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

    @contextmanager
    def open(self, request: Request) -> Iterator[Source]:
        """Lend the one image of the request, with the time that a rendering has."""
        limits = tiles_settings().limits
        with deadline(limits.render_seconds), POOL.lease(self.find_one(request), limits=limits) as source:
            yield source

    def find_grid(self, source: Source, name: str | None = None) -> Grid:
        """Return the grid of that name, else the view's default; pixel space for images that aren't on Earth."""
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
        read = partial(_make, self.admit_making and partial(self.admit_making, request), reading.read)
        key = tile_key(reading.refs, *reading.parts)
        etag = quote_etag(key)
        if "HTTP_IF_NONE_MATCH" in request.META and is_known(request, etag):
            response: HttpResponseBase = HttpResponseNotModified()
        else:
            taken: dict[str, float] = {}
            STAGES.taken = taken
            content, missing = cached_reading(key, read) if is_kept else read()
            if isinstance(content, HttpResponseBase):
                response = content
            else:
                response = HttpResponse(content, content_type=media_type) if content else no_content()
            response["Server-Timing"] = ", ".join(map(write_stage, taken.items())) or FROM_CACHE
            if missing:
                incomplete(response, missing)
            if missing in PASSING:
                return response
        control = self.cache_control
        response["ETag"] = etag
        response["Cache-Control"] = control(request, next(iter(reading.refs), None)) if callable(control) else control
        return response


def _make(admit: Callable[[], None] | None, read: Callable[[], tuple[Any, str]]) -> tuple[Any, str]:
    """Read what no cache has, if that is admitted, and note the milliseconds that it took."""
    if admit is not None:
        admit()
    began = time.perf_counter()
    found = read()
    STAGES.taken["total"] = (time.perf_counter() - began) * 1e3
    return found


def tile_key(refs: tuple[SourceRef, ...], *parameters: object) -> str:
    """Name what these parameters make of this content: cache key and ETag alike."""
    text = "\n".join(map(str, (RENDERER_VERSION, *map(_CONTENT, refs), *parameters)))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def cached_tile(key: str, render: Callable[[], bytes]) -> bytes:
    """Return a key's tile from the cache, else from ``render`` (b"": an empty tile), called once for all who wait.

    A cache that fails is left alone for some seconds, and tiles are rendered without it.
    """
    settings = tiles_settings()
    if not settings.cache_alias or not settings.cache_seconds:
        return render()
    found: bytes | None = _ask(settings, "get", key, default=None)
    if found is not None:
        return found
    with _flight(key) as waited:
        found = _ask(settings, "get", key, default=None) if waited else None
        return found if found is not None else _render_once(key, render, settings)


class _Passing(Exception):
    """Carry content past the cache: it is sent but not kept, since the next attempt may make it better."""

    def __init__(self, content: bytes, reason: str) -> None:
        super().__init__(reason)
        self.content = content
        self.reason = reason


def cached_reading(key: str, read: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
    """Return the content of that key and why images are missing in it, from the cache, else from ``read``."""

    def keep() -> bytes:
        content, reason = read()
        if reason in PASSING:
            raise _Passing(content, reason)
        return LIMITED + content if reason else content

    try:
        content = cached_tile(key, keep)
    except _Passing as passing:
        return passing.content, passing.reason
    return (content.removeprefix(LIMITED), LIMIT) if content.startswith(LIMITED) else (content, "")


def _render_once(key: str, render: Callable[[], bytes], settings: TilesSettings) -> bytes:
    """Render, unless another process does so already."""
    lock = f"{key}:rendering"
    found: bytes | None
    if not _ask(settings, "add", lock, 1, settings.flight_seconds, default=True):
        with waiting():
            found = _await_other(key, lock, settings)
        if found is not None:
            return found
    try:
        # Whoever had the lock may have finished since the tile was last asked for.
        found = _ask(settings, "get", key, default=None)
        if found is not None:
            return found
        tile = render()
        if len(tile) <= settings.cache_tile_bytes:
            _ask(settings, "set", key, tile, settings.cache_seconds, default=None)
    finally:
        _ask(settings, "delete", lock, default=None)
    return tile


def _await_other(key: str, lock: str, settings: TilesSettings) -> bytes | None:
    """Return the tile that another process renders; None when it gave up, or takes too long."""
    until = time.monotonic() + settings.flight_seconds
    while time.monotonic() < until:
        time.sleep(POLL_SECONDS)
        found: bytes | None = _ask(settings, "get", key, default=None)
        if found is not None:
            return found
        if _ask(settings, "add", lock, 1, settings.flight_seconds, default=True):
            return None
    return None


def _ask(settings: TilesSettings, method: str, *arguments: object, default: Any) -> Any:
    """Call a method of the cache, and return its answer, or ``default`` while it is out of order."""
    global _paused_until  # noqa: PLW0603 -- one cache, one state of health, for the whole process
    if time.monotonic() < _paused_until:
        return default
    try:
        return getattr(caches[settings.cache_alias], method)(*arguments)
    except Exception as error:  # noqa: BLE001 -- whatever the backend raises, tiles must go on
        log.warning("The tile cache fails, rendering without it for %s s: %s", settings.cache_pause_seconds, error)
        _paused_until = time.monotonic() + settings.cache_pause_seconds
        return default


@contextmanager
def _flight(key: str) -> Iterator[bool]:
    """Let one thread of this process at a time work on a key; yield whether it had to wait for another."""
    with _flights_lock:
        waits = key in _flights
        lock = _flights.setdefault(key, threading.Lock())
    try:
        if not lock.acquire(blocking=not waits):
            with waiting():
                lock.acquire()
        try:
            yield waits
        finally:
            lock.release()
    finally:
        with _flights_lock:
            if not lock.locked():
                _flights.pop(key, None)
