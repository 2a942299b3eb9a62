"""Documents of the API itself: its landing page, lists of collections, and pages of items."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import QueryDict

from catalog.models import Collection
from catalog.querying.fields import FieldSelection
from catalog.querying.finding import SearchResult
from catalog.querying.paging import Page
from catalog.services.collections.renders import known_renders
from catalog.stac.collection_search import CollectionPage
from catalog.stac.core.conformance import CONFORMS_TO
from catalog.stac.core.documents import STAC_VERSION, Document, collection_document
from catalog.stac.core.items import row_document
from catalog.stac.core.links import GEOJSON, HTML, JSON, OPENAPI, Link, Site, aggregation_links, link, schema_links

CATALOG_ID = "geodata"


def landing_document(children: Iterable[tuple[str, str]], *, site: Site) -> Document:
    """Return the landing page. `children` are ids and titles of the collections that the reader may see."""
    return {
        "type": "Catalog",
        "id": CATALOG_ID,
        "title": "Geodata",
        "description": "Imagery of this site: search it, then see it as tiles.",
        "stac_version": STAC_VERSION,
        "stac_extensions": [],
        "conformsTo": CONFORMS_TO,
        "links": [*_landing_links(site), *(_child(identifier, title, site=site) for identifier, title in children)],
    }


def _landing_links(site: Site) -> list[Link]:
    return [
        link("self", site.root, JSON),
        link("root", site.root, JSON),
        link("conformance", site.conformance, JSON),
        link("data", site.collections, JSON),
        link("children", site.children, JSON),
        link("search", site.search, GEOJSON, method="GET"),
        link("search", site.search, GEOJSON, method="POST"),
        *schema_links(site.root.rstrip("/")),
        *aggregation_links(site.root.rstrip("/")),
        link("service-desc", site.service_desc, OPENAPI),
        link("service-doc", site.service_doc, HTML),
    ]


def _child(identifier: str, title: str, *, site: Site) -> Link:
    return link("child", site.collection(identifier), JSON, title=title or identifier)


def collections_document(
    page: CollectionPage, *, params: QueryDict, site: Site, fields: FieldSelection | None = None
) -> Document:
    documents = [collection_document(collection, base=site.base) for collection in page.collections]
    if fields:
        documents = [fields.apply(document) for document in documents]
    links = [
        link("self", _with_query(site.collections, params), JSON),
        link("root", site.root, JSON),
        *schema_links(site.collections, separator="-"),
    ]
    for rel, token in (("next", page.next_token), ("prev", page.prev_token)):
        if token is not None:
            links.append(link(rel, _with_query(site.collections, _with_token(params, token)), JSON, method="GET"))
    return {
        "collections": documents,
        "numberMatched": page.matched,
        "numberReturned": len(documents),
        "links": links,
    }


def children_document(collections: Iterable[Collection], *, site: Site) -> Document:
    return {
        "children": [collection_document(collection, base=site.base) for collection in collections],
        "links": [link("self", site.children, JSON), link("root", site.root, JSON)],
    }


def items_document(
    result: SearchResult, *, links: list[Link], site: Site, version: str = "", fields: FieldSelection | None = None
) -> Document:
    """Return a page of items; ``version`` is the catalog's, if what their collections have may be remembered."""
    renders = known_renders({row.collection_id for row in result.page.items}, version=version)
    features = [
        row_document(row, site=site, renders=renders.get(row.collection_id), fields=fields) for row in result.page.items
    ]
    return {
        "type": "FeatureCollection",
        "features": features,
        "links": [link("root", site.root, JSON), *links],
        **result.matched.members,
        "numberReturned": len(features),
    }


def get_links(page: Page, *, href: str, params: QueryDict) -> list[Link]:
    """Return the links of a page that was asked for by GET: the same address with another token."""
    links = [link("self", _with_query(href, params), GEOJSON)]
    for rel, token in (("next", page.next_token), ("prev", page.prev_token)):
        if token:
            links.append(link(rel, _with_query(href, _with_token(params, token)), GEOJSON, method="GET"))
    return links


def _with_token(params: QueryDict, token: str) -> QueryDict:
    """Return the parameters with another token; an empty one leads to the first page."""
    changed = params.copy()
    changed["token"] = token
    if not token:
        del changed["token"]
    return changed


def _with_query(href: str, params: QueryDict) -> str:
    return f"{href}?{params.urlencode()}" if params else href


def post_links(page: Page, *, href: str, body: Mapping[str, Any]) -> list[Link]:
    """Return the links of a page asked for by POST: with the whole body, so that clients need not merge."""
    links = [link("self", href, GEOJSON, method="POST", body=dict(body))]
    for rel, token in (("next", page.next_token), ("prev", page.prev_token)):
        if token:
            links.append(link(rel, href, GEOJSON, method="POST", body={**body, "token": token}, merge=False))
    return links
