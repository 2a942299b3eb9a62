"""Read what registers a search: the body of a STAC search, and how its mosaic is shown."""

from dataclasses import dataclass
from typing import Any

import orjson
from django.http import QueryDict

from catalog.errors import InvalidParameter
from catalog.querying.query import parse_body
from tiles.errors import TilesError
from tiles.geo.grids import MAX_ZOOM
from tiles.limits import current_limits
from tiles.mosaics.selection import parse_selection
from tiles.styling.style import PARAMETERS, SINGLE_IMAGE, parse_style

# Of a page of results, so of no meaning for a layer; they are checked and left out.
OF_PAGES = frozenset({"limit", "token", "fields"})
METADATA = ("name", "minzoom", "maxzoom", "assets", "rendering", "overviews", "shared")
# `assets` are by themselves, and a mosaic's images have no planes to choose.
RENDERING = frozenset({*PARAMETERS, "pixel_selection"}) - {"assets", *SINGLE_IMAGE}
MAX_NAME = 256


@dataclass(frozen=True)
class Registration:
    """Hold a checked registration. ``body``: of the search; ``metadata``: the members of `METADATA` that were given."""

    body: dict[str, Any]
    metadata: dict[str, Any]


def parse_registration(document: object) -> Registration:
    """Check a registration. Raises InvalidParameter, whose message begins with the path of the wrong member."""
    if not isinstance(document, dict):
        raise InvalidParameter("body", "give an object: the body of a search")
    try:
        text = orjson.dumps(document)
    except orjson.JSONEncodeError as error:
        raise InvalidParameter("body", "it is nested too deeply") from error
    if b"\\u0000" in text:
        # PostgreSQL stores no such text.
        raise InvalidParameter("body", "no text has a NUL character")
    given = {name: value for name, value in document.items() if value is not None}
    metadata = _metadata(given.pop("metadata", {}))
    parse_body(given)
    return Registration({name: value for name, value in given.items() if name not in OF_PAGES}, metadata)


def _metadata(given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InvalidParameter("metadata", "give an object")
    for name in given:
        if name not in METADATA:
            raise InvalidParameter(f"metadata.{name[:40]}", f"not known here; allowed are {', '.join(METADATA)}")
    known = {name: value for name, value in given.items() if value is not None}
    name = known.get("name", "")
    if not isinstance(name, str) or len(name) > MAX_NAME:
        raise InvalidParameter("metadata.name", f"give a text of at most {MAX_NAME} characters")
    _check_zooms(known)
    if "assets" in known:
        _check_assets(known["assets"])
    if "rendering" in known:
        _check_rendering(known["rendering"])
    for flag in ("overviews", "shared"):
        if not isinstance(known.get(flag, False), bool):
            raise InvalidParameter(f"metadata.{flag}", "give true or false")
    if known.get("overviews"):
        _check_overviews(known)
    return known


def _check_overviews(given: dict[str, Any]) -> None:
    if given.get("rendering", {}).get("pixel_selection") == "median":
        raise InvalidParameter("metadata.overviews", "medians of thousands of images are not prepared")


def _check_zooms(given: dict[str, Any]) -> None:
    for name in ("minzoom", "maxzoom"):
        zoom = given.get(name, 0)
        if not isinstance(zoom, int) or isinstance(zoom, bool) or not 0 <= zoom <= MAX_ZOOM:
            raise InvalidParameter(f"metadata.{name}", f"give a whole number from 0 to {MAX_ZOOM}")
    if given.get("minzoom", 0) > given.get("maxzoom", MAX_ZOOM):
        raise InvalidParameter("metadata.minzoom", "must not exceed maxzoom")


def _check_assets(given: object) -> None:
    valid = isinstance(given, list) and given and all(isinstance(key, str) and 0 < len(key) <= 256 for key in given)
    if not valid or any("," in key for key in given):  # type: ignore[attr-defined]  # A list, as was just seen.
        raise InvalidParameter("metadata.assets", "give a list of asset keys")
    if len(given) > current_limits().bands:  # type: ignore[arg-type]
        raise InvalidParameter("metadata.assets", f"at most {current_limits().bands} may be named")


def _check_rendering(given: object) -> None:
    if not isinstance(given, dict):
        raise InvalidParameter("metadata.rendering", 'give an object, such as {"rescale": "0,3000"}')
    for name, value in given.items():
        if name not in RENDERING:
            raise InvalidParameter(f"metadata.rendering.{name[:40]}", "not a rendering parameter")
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise InvalidParameter(f"metadata.rendering.{name}", "give a text as in a URL, or a list of them")
    try:
        query = rendering_query(given)
        parse_style(query)
        parse_selection(query.get("pixel_selection") or "first")
    except TilesError as error:
        raise InvalidParameter("metadata.rendering", error.message) from error


def rendering_query(stored: dict[str, Any], over: QueryDict | None = None) -> QueryDict:
    """Return a search's stored rendering parameters, with those of ``over`` in the place of its own."""
    query = QueryDict(mutable=True)
    for name, value in stored.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    for name, values in over.lists() if over is not None else ():
        query.setlist(name, list(values))
    return query
