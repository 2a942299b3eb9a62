"""Check and find named renderings of a collection's imagery: STAC's render extension."""

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
from cachetools import TTLCache
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from catalog.errors import InvalidDocument, InvalidInput
from catalog.models import Collection
from catalog.services.access.permissions import get_visible_collection
from catalog.services.audit import Action, record
from catalog.services.collections.versions import collection_version, mark_changed
from tiles.errors import TilesError
from tiles.styling.style import PARAMETERS, parse_style

# The collection's member `renders`: by name what is shown how.
Renders = Mapping[str, Mapping[str, Any]]
# Members of a rendering that are no parameters of tiles.
DESCRIBING = frozenset({"title", "description", "assets", "minmax_zoom"})
MAX_RENDERS = 100
# As for imagery: changes are seen at once through the collection's version.
SECONDS = 5
# Of public collections: of the others one asks each time who may.
_public: TTLCache[tuple[str, str], Renders] = TTLCache(5_000, SECONDS)
# Of any, by the catalog's version, for those who see them.
_renders: TTLCache[tuple[str, str], Renders] = TTLCache(5_000, SECONDS)
_lock = threading.Lock()


def check_renders(renders: object) -> None:
    """Raise InvalidDocument, naming the member, for what this site could not render."""
    if not isinstance(renders, dict) or len(renders) > MAX_RENDERS:
        raise InvalidDocument(f"renders: give an object of at most {MAX_RENDERS} renderings by their names.")
    for name, render in renders.items():
        _check_render(render, path=f"renders.{name[:40]}")


def _check_render(render: object, *, path: str) -> None:
    if not isinstance(render, dict):
        raise InvalidDocument(f"{path}: give an object.")
    assets = render.get("assets")
    if not isinstance(assets, list) or not assets or not all(isinstance(key, str) and key for key in assets):
        raise InvalidDocument(f"{path}.assets: give a list of keys of assets.")
    if not isinstance(render.get("title", ""), str):
        raise InvalidDocument(f"{path}.title: give a text.")
    zooms = render.get("minmax_zoom", [0, 0])
    if not _is_zoom_range(zooms):
        raise InvalidDocument(f"{path}.minmax_zoom: give two zooms within 0-30, the lower first.")
    for name in render.keys() - DESCRIBING:
        if name not in PARAMETERS:
            allowed = ", ".join(sorted({*PARAMETERS, *DESCRIBING}))
            raise InvalidDocument(f"{path}.{name}: is not a parameter of tiles; these are: {allowed}.")
    try:
        parse_style(render_parameters(render))
    except TilesError as error:
        raise InvalidDocument(f"{path}: {error}") from None


def _is_zoom_range(zooms: object) -> bool:
    return (
        isinstance(zooms, list)
        and len(zooms) == 2
        and all(isinstance(zoom, int) and 0 <= zoom <= 30 for zoom in zooms)
        and zooms[0] <= zooms[1]
    )


def render_parameters(render: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the rendering as texts of a query, without `assets`."""
    return {name: _texts(value) for name, value in render.items() if name not in DESCRIBING and value is not None}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and value and all(isinstance(each, list) for each in value):
        return [",".join(map(str, each)) for each in value]
    if isinstance(value, list):
        return [",".join(map(str, value))]
    return [orjson.dumps(value).decode()]


def known_renders(collection_ids: Iterable[str], *, version: str) -> dict[str, Renders]:
    """Find the renderings of collections as `renders_by_collection` does; under a ``version`` they are remembered."""
    if not version:
        return renders_by_collection(collection_ids)
    wanted = set(collection_ids)
    with _lock:
        known = {pk: renders for pk in wanted if (renders := _renders.get((pk, version))) is not None}
    if missing := wanted - known.keys():
        found = {**{pk: {} for pk in missing}, **renders_by_collection(missing)}
        known |= found
        with _lock:
            _renders.update({(pk, version): renders for pk, renders in found.items()})
    return known


def renders_by_collection(collection_ids: Iterable[str]) -> dict[str, Renders]:
    """Find the renderings of those of the collections that have any, by one query."""
    found = Collection.objects.filter(pk__in=set(collection_ids), extra__has_key="renders")
    rows = found.values_list("pk", "extra")
    return {pk: extra["renders"] for pk, extra in rows if _usable(extra["renders"])}


def _usable(renders: object) -> bool:
    """Return whether they are what `check_renders` lets pass: loaded collections may bring others."""
    try:
        check_renders(renders)
    except InvalidDocument:
        return False
    return True


def add_renders(*, collection_id: str, renders: Renders, prefix: str) -> None:
    """Give a collection the renderings of a sensor whose scenes it holds; what it has of a name stays as it is.

    A rendering whose name stands for another one already is named with the sensor's name before it.
    """
    extra = Collection.objects.filter(pk=collection_id).values_list("extra", flat=True).first() or {}
    if not _missing(extra.get("renders"), renders, prefix):
        return
    with transaction.atomic():
        collection = Collection.objects.select_for_update().get(pk=collection_id)
        new = _missing(collection.extra.get("renders"), renders, prefix)
        collection.extra = collection.extra | {"renders": {**collection.extra.get("renders", {}), **new}}
        collection.save(update_fields=["extra", "updated"])
        record(Action.COLLECTION_CHANGED, target=collection_id, collection_id=collection_id, renders=sorted(new))
        mark_changed(collection_id)


def _missing(present: object, renders: Renders, prefix: str) -> dict[str, Mapping[str, Any]]:
    """Return by name the renderings that a collection has under no name; none where those it has are no object."""
    known = {} if present is None else present
    if not isinstance(known, dict):
        return {}
    new = {name: render for name, render in renders.items() if render not in known.values()}
    named = {name if name not in known else f"{prefix}-{name}": render for name, render in new.items()}
    fits = {name: render for name, render in named.items() if name not in known}
    return fits if len(known) + len(fits) <= MAX_RENDERS else {}


def find_render(*, user: Callable[[], User | AnonymousUser], collection_id: str, name: str) -> Mapping[str, Any]:
    """Return the rendering of that name of a collection that the user sees; raise NotFound or InvalidInput.

    `user` is called only for collections that are not public. Asked for each tile, so it is remembered for seconds.
    """
    key = (collection_id, collection_version(collection_id))
    with _lock:
        renders = _public.get(key)
    if renders is None:
        renders = _load(user, collection_id, key)
    if name not in renders:
        known = f"must be one of {', '.join(renders)}" if renders else "this collection has none"
        raise InvalidInput(f"render: {known}, not {name[:40]!r}.")
    return renders[name]


def _load(user: Callable[[], User | AnonymousUser], collection_id: str, key: tuple[str, str]) -> Renders:
    public = Collection.objects.filter(pk=collection_id, visibility=Collection.Visibility.PUBLIC)
    collection = None if "\0" in collection_id else public.first()
    found = collection or get_visible_collection(user=user(), collection_id=collection_id)
    own = found.extra.get("renders", {})
    renders: Renders = own if _usable(own) else {}
    if collection:
        with _lock:
            _public[key] = renders
    return renders
