"""Absolute addresses of everything the STAC API points at, and links to them."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.urls import get_script_prefix
from rest_framework.request import Request

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

SCHEMA = "application/schema+json"
OGC_RELATION = "http://www.opengis.net/def/rel/ogc/1.0"

Link = dict[str, Any]
PLAIN = re.compile(r"[A-Za-z0-9_.~-]+")


def link(rel: str, href: str, media_type: str, **members: Any) -> Link:
    return {"rel": rel, "href": href, "type": media_type, **members}


def schema_links(prefix: str, *, separator: str = "/") -> list[Link]:
    """Return links to what items below `prefix`, the root or a collection, can be filtered and sorted by.

    With `-` of the collections themselves: `collections/queryables` is a collection of that id.
    """
    names = ("queryables", "sortables")
    return [link(f"{OGC_RELATION}/{name}", f"{prefix}{separator}{name}", SCHEMA) for name in names]


def aggregation_links(prefix: str) -> list[Link]:
    """Return links to counts of the items below `prefix`, and to which there are."""
    return [
        link("aggregations", f"{prefix}/aggregations", JSON),
        link("aggregate", f"{prefix}/aggregate", JSON, method="GET"),
        link("aggregate", f"{prefix}/aggregate", JSON, method="POST"),
    ]


def segment(identifier: str) -> str:
    """Return an id, or an asset's key, as one segment of a path. Most need no escapes, which are slow to look for."""
    return identifier if PLAIN.fullmatch(identifier) else quote(identifier, safe="")


@dataclass(frozen=True)
class Site:
    """Where this site is reached, e.g. ``https://example.org`` or ``https://example.org/geodata``: no final slash."""

    base: str

    @classmethod
    def of(cls, request: HttpRequest | Request) -> "Site":
        return cls(request.build_absolute_uri(get_script_prefix()).rstrip("/"))

    @property
    def root(self) -> str:
        return f"{self.base}/stac/"

    @property
    def conformance(self) -> str:
        return f"{self.root}conformance"

    @property
    def search(self) -> str:
        return f"{self.root}search"

    @property
    def children(self) -> str:
        return f"{self.root}children"

    @property
    def collections(self) -> str:
        return f"{self.root}collections"

    @property
    def service_desc(self) -> str:
        return f"{self.base}/api/schema/"

    @property
    def service_doc(self) -> str:
        return f"{self.base}/api/docs/"

    def collection(self, collection_id: str) -> str:
        return f"{self.collections}/{segment(collection_id)}"

    def items(self, collection_id: str) -> str:
        return f"{self.collection(collection_id)}/items"

    def item(self, collection_id: str, item_id: str) -> str:
        return f"{self.items(collection_id)}/{segment(item_id)}"

    def period(self, collection_id: str, period: str | None) -> str:
        """Return the address of a month or day of a collection; None is the list of months."""
        return f"{self.collection(collection_id)}/browse" + (f"/{period}" if period else "")

    def item_imagery(self, collection_id: str, item_id: str) -> str:
        """Return the prefix of an item's tiles, without a final slash."""
        return f"{self.base}/tiles/{segment(collection_id)}/{segment(item_id)}"

    def absolute(self, href: str) -> str:
        """Return an href kept relative to the site (``/…``) as an absolute one; others are left as they are."""
        return f"{self.base}{href}" if href.startswith("/") and not href.startswith("//") else href
