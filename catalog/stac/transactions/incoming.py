"""Documents and conditions that clients send."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.utils.http import parse_etags
from rest_framework.request import Request

from catalog.api.authentication import SessionAuthentication, TokenAuthentication
from catalog.documents.mending import Handling, Mending
from catalog.stac.core.documents import Document
from catalog.stac.core.items import WEB_MAP_LINKS
from catalog.stac.core.links import OGC_RELATION, Site
from catalog.stac.core.responses import GeoJSONParser, JSONParser, MergePatchParser

GENERATED_RELS = frozenset({"aggregate", "aggregations", "preview", "tilejson", "xyz"})
# Notes of one header.
MOST_TOLD = 10
Row = TypeVar("Row")


class WritingMixin:
    """Whoever changes something by a session proves that the request is not forged."""

    authentication_classes: Any = (TokenAuthentication, SessionAuthentication)
    parser_classes: Any = (JSONParser, GeoJSONParser, MergePatchParser)


def localized(document: object, *, site: Site) -> object:
    """Return the document as the catalog keeps it, without what `documents` adds: reading and writing back is even.

    Addresses of this site become relative to it, links that are made anew for each answer go.
    """
    if not isinstance(document, dict):
        return document
    changed: Document = dict(document)
    if isinstance(changed.get("assets"), dict):
        changed["assets"] = {key: _relative_asset(asset, site=site) for key, asset in changed["assets"].items()}
    if isinstance(changed.get("links"), list):
        kept = [link for link in changed["links"] if not _is_generated(link, site=site)]
        changed["links"] = [_relative(link, site=site) for link in kept]
        extensions = changed.get("stac_extensions")
        if len(kept) < len(document["links"]) and isinstance(extensions, list):
            changed["stac_extensions"] = [each for each in extensions if each != WEB_MAP_LINKS]
    return changed


def _is_generated(link: Any, *, site: Site) -> bool:
    if not isinstance(link, dict):
        return False
    rel, href = link.get("rel"), link.get("href")
    if not isinstance(rel, str) or not isinstance(href, str):
        return False
    return href.startswith(f"{site.base}/") and (rel in GENERATED_RELS or rel.startswith(OGC_RELATION))


def _relative_asset(asset: Any, *, site: Site) -> Any:
    relative = _relative(asset, site=site)
    alternate = asset.get("alternate") if isinstance(asset, dict) else None
    if isinstance(alternate, dict):
        others = {name: _relative(other, site=site) for name, other in alternate.items()}
        relative = {**relative, "alternate": others}
    return relative


def _relative(part: Any, *, site: Site) -> Any:
    href = part.get("href") if isinstance(part, dict) else None
    if isinstance(href, str) and href.startswith(f"{site.base}/"):
        return {**part, "href": href.removeprefix(site.base)}
    return part


def asked_handling(request: Request) -> Handling:
    """Return how the client wants documents taken that are not quite valid: `Prefer: handling=strict` (RFC 7240)."""
    wanted = {part.strip().lower() for part in re.split("[,;]", request.headers.get("Prefer", ""))}
    return Handling(is_strict="handling=strict" in wanted)


def told(mending: Mending) -> dict[str, str]:
    """Return the headers that say what was mended (RFC 7234, 5.5: 299 is a warning for people); none if nothing was."""
    texts = (note.encode("ascii", "replace").decode().replace('"', "'") for note in mending.notes[:MOST_TOLD])
    return {"Warning": ", ".join(f'299 - "{text}"' for text in texts)} if mending.notes else {}


def expected_version(request: Request, *, etag: Callable[[Row], str]) -> Callable[[Row], bool] | None:
    """Return whether a row is one that `If-Match` names; None without it. Compared strongly (RFC 9110, 13.1.1)."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    named = parse_etags(header)
    return lambda row: named == ["*"] or etag(row) in named
