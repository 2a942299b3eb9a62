"""Every route of the site, asked for a private collection by people who aren't its members: none shows any of it.

A route that is new and names no collection has to be put into one of the sets below.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from catalog.models import ChecksumFile, Collection, IngestJob, Item, Storage, Watch
from catalog.services.access.tokens import create_token
from tests.catalog.factories import MembershipFactory, UserFactory, annotate
from tests.catalog.imagery import ingest_upload, write_scene

pytestmark = pytest.mark.django_db

SECRET, ITEM = "hidden-collection", "hidden-item"
# Parts of paths that say where somebody's own is, each filled with the private collection's.
OWNED = {"collection_id", "item_id", "asset_key", "file_id", "job_id", "watch_id", "storage_id", "annotation_id", "pk"}
# A tile, point and region that lie on the item.
PLACE = {
    "z": 12, "x": 2219, "y": 1471, "tile_matrix_set": "WebMercatorQuad", "image_format": "png",
    "longitude": "15.03", "latitude": "45.13", "level": 8, "column": 0, "row": 0, "associated": "label",
    "name": f"{ITEM}.tif", "region": "full", "size": "64,", "rotation": "0", "quality": "default", "period": "2024-05",
}  # fmt: skip
# What is the same for everybody, whatever there is.
ABOUT_THE_SITE = {
    "healthz", "readyz", "metrics", "schema", "docs", "stac-conformance", "frontend:sign_in", "frontend:sign_out",
    "tiles-conformance", "tile-matrix-sets", "tile-matrix-set", "colormaps", "colormap", "tile-formats", "tile-sources",
    "algorithms", "algorithm", "openid_connect_login", "openid_connect_callback", "socialaccount_signup",
}  # fmt: skip
# What lists, counts or draws all that its reader sees.
OF_WHAT_IS_SEEN = {
    "collection-list", "file-upload", "ingest-list", "watch-list", "storage-list", "token-list", "signature-list",
    "searches", "annotation-list",
    "stac-landing", "stac-landing-unslashed", "stac-children", "stac-search", "stac-export", "stac-footprints",
    "stac-footprint-tile", "stac-aggregate", "stac-aggregations", "stac-queryables", "stac-sortables",
    "stac-collections-queryables",
    "stac-collections-sortables", "stac-collections", "frontend:home", "frontend:explore", "frontend:ingest",
    "frontend:upload",
}  # fmt: skip
# Layers of a search: whoever knows the id may ask, and finds what they may see.
OF_SEARCHES = {
    "search", "search-tilejson", "search-wmts", "search-tilesets", "search-tileset", "search-tileset-tilejson",
    "search-tile-plain", "search-matrix-set-tile-plain",
    "search-tile", "search-matrix-set-tile", "search-tile-assets", "search-matrix-set-tile-assets",
    "search-metadata", "search-bands", "search-stored-statistics", "search-thumbnail", "search-preview",
    "search-region", "search-statistics", "search-histogram", "search-profile", "search-pixel", "search-data-point",
    "search-point", "search-frames", "search-metadata-internal",
}  # fmt: skip
# Of these, what there is nothing of where one sees no image.
OF_IMAGES = {
    "search-metadata", "search-bands", "search-stored-statistics", "search-thumbnail", "search-preview",
    "search-region", "search-statistics", "search-histogram", "search-profile", "search-pixel", "search-data-point",
}  # fmt: skip
# Of those, what asks where.
OF_PLACES: dict[str, dict[str, Any]] = {
    "search-region": {"bbox": "15.02,45.12,15.03,45.13"},
    "search-profile": {"line": "15.02,45.12,15.03,45.13"},
    "search-pixel": {"left": 15.03, "top": 45.13, "coord_crs": "EPSG:4326"},
}
METHODS = ("get", "head", "post", "put", "patch", "delete")
REFUSED = {401, 403, 404, 405}


def _routes(patterns: list[Any], space: str = "", parts: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return the name of each route but the admin's, which has tests of its own, with what its path leaves open."""
    for each in patterns:
        found = (*parts, *each.pattern.regex.groupindex)
        if not isinstance(each, URLResolver):
            yield f"{space}{each.name}", found
        elif each.namespace != "admin":
            yield from _routes(each.url_patterns, f"{each.namespace}:" if each.namespace else space, found)


ROUTES = dict(_routes(get_resolver("geodata.urls").url_patterns))
OF_THE_PRIVATE = sorted(name for name, names in ROUTES.items() if OWNED.intersection(names))


@pytest.fixture
def private(user, tmp_path, django_capture_on_commit_callbacks) -> dict[str, Any]:
    """Return what paths of a private collection with one image are made of. `user` owns it."""
    collection = Collection.objects.create(id=SECRET, title=SECRET, visibility=Collection.Visibility.PRIVATE)
    MembershipFactory(collection=collection, user=user)
    write_scene(tmp_path / f"{ITEM}.tif")
    with django_capture_on_commit_callbacks(execute=True):
        ingest_upload(tmp_path / f"{ITEM}.tif", user=user, collection=collection)
    file = ChecksumFile.objects.get(name=f"{ITEM}.tif")
    job = IngestJob.objects.create(collection=collection, owner=user)
    own = {"collection_id": SECRET, "item_id": ITEM, "asset_key": "data", "file_id": file.pk, "job_id": job.pk}
    own["watch_id"] = Watch.objects.create(collection=collection, owner=user, href="s3://imagery/hidden-item/").pk
    storage = Storage.objects.create(name=SECRET, href="s3://imagery/hidden-item/")
    storage.collections.add(collection)
    own["storage_id"] = storage.pk
    own["annotation_id"] = annotate(Item.objects.get(collection=collection)).pk
    return {**PLACE, **own, "pk": create_token(user=user, name="theirs")[0].pk}


@pytest.fixture(params=["anonymous", "stranger"])
def outsider(request, db) -> Client:
    del db
    client = Client()
    if request.param == "stranger":
        client.force_login(UserFactory())
    return client


def _url(name: str, values: dict[str, Any]) -> str:
    return reverse(name, kwargs={key: values[key] for key in ROUTES[name] if key in values})


def _content(response: Any) -> bytes:
    if not response.streaming:
        return response.content
    content = b"".join(response.streaming_content)
    # Not the response itself, which would close the database with it.
    for close in response._resource_closers:
        close()
    return content


def test_every_route_is_classified():
    unknown = set(ROUTES) - ABOUT_THE_SITE - OF_WHAT_IS_SEEN - OF_SEARCHES - set(OF_THE_PRIVATE)
    assert not unknown, "Say who may see what these show"
    assert not (ABOUT_THE_SITE | OF_WHAT_IS_SEEN | OF_SEARCHES) - set(ROUTES)
    assert "search_id" not in {part for name in set(ROUTES) - OF_SEARCHES for part in ROUTES[name]}


def test_routes_of_a_private_collection_refuse_outsiders(private, outsider):
    missing = {**private, "collection_id": "no-collection", "item_id": "no-item"}
    told = []
    for name in OF_THE_PRIVATE:
        for method in METHODS:
            ask = getattr(outsider, method)
            response = ask(_url(name, private), **_body(method))
            content = _content(response)
            is_refused = response.status_code in REFUSED or response.get("Location", "").startswith("/sign-in/")
            if response.status_code == 400:  # Said of the request alone.
                is_refused = content == _content(ask(_url(name, missing), **_body(method)))
            if not is_refused or "public" in response.get("Cache-Control", ""):
                told.append((name, method, response.status_code, response.get("Cache-Control"), content[:80]))
    assert not told


def _body(method: str) -> dict[str, Any]:
    return {} if method in {"get", "head"} else {"data": "{}", "content_type": "application/json"}


def test_the_same_routes_answer_the_owner_and_nobody_between(private, user):
    owner = Client()
    owner.force_login(user)
    missing, kept = [], []
    for name in OF_THE_PRIVATE:
        response = owner.get(_url(name, private))
        content = _content(response)
        if response.status_code in REFUSED - {405} and "associated-image" not in name:
            missing.append((name, response.status_code, content[:200]))
        if "public" in response.get("Cache-Control", ""):
            kept.append((name, response["Cache-Control"]))
    assert not missing
    assert not kept


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"collections": SECRET, "ids": ITEM, "format": "ndjson"},
        {"aggregations": "total_count,collection_frequency,datetime_min,centroid_geohash_grid_frequency"},
        {"q": "hidden", "filter": f"collection = '{SECRET}'"},
    ],
)
def test_lists_counts_and_drawings_hold_nothing_of_it(private, outsider, query):
    empty = {**private, "z": 0, "x": 0, "y": 0}
    for name in sorted(OF_WHAT_IS_SEEN):
        response = outsider.get(_url(name, empty), query)
        content = _content(response)
        # Pages have the address that was asked for in their links.
        assert ("ids" in query and name.startswith("frontend:")) or ITEM.encode() not in content, name
        assert query or SECRET.encode() not in content, name
        if name == "stac-aggregate" and response.status_code == 200:
            for each in response.json()["aggregations"]:
                assert not each.get("value")
                assert not [bucket for bucket in each.get("buckets", ()) if bucket["frequency"]]
        if response.status_code == 200 and b"numberMatched" in content:
            assert response.json()["numberMatched"] == 0, name


def test_posted_searches_hold_nothing_of_it(private, outsider):
    del private
    for name in ("stac-search", "stac-aggregate", "stac-export"):
        for body in ({}, {"collections": [SECRET]}, {"ids": [ITEM]}):
            response = outsider.post(reverse(name), body, content_type="application/json")
            assert b'"id":"hidden-item"' not in _content(response).replace(b" ", b""), (name, body)


def test_layers_of_a_search_are_empty_for_outsiders(private, user, outsider):
    owner = Client()
    owner.force_login(user)
    for body, query in (({"collections": [SECRET]}, {}), ({}, {"datetime": "1970-01-01T00:00:00Z/.."})):
        found = owner.post("/tiles/searches/", body, content_type="application/json")
        values = {**private, "search_id": found.json()["id"]}
        # The owner first, so that whatever is remembered of the layer is.
        for asking, seen in ((owner, True), (outsider, False), (owner, True)):
            told = {name: asking.get(_url(name, values), {**query, **OF_PLACES.get(name, {})}) for name in OF_SEARCHES}
            for name in OF_IMAGES:
                assert told[name].status_code == (200 if seen else 404), (name, told[name].content)
                assert "public" not in told[name].get("Cache-Control", ""), name
            assert not [name for name in told if told[name].status_code not in (200, 204, 404)]
            for name in ("search-tile", "search-matrix-set-tile"):
                assert told[name].status_code == (200 if seen else 204), (name, body)
                assert not seen or "private" in told[name]["Cache-Control"]
            for name in (
                "search-tile-assets", "search-matrix-set-tile-assets", "search-point", "search-data-point",
                "search-profile", "search-pixel", "search-frames", "search-metadata-internal",
            ):  # fmt: skip
                assert (ITEM.encode() in told[name].content) is seen, name
            assert (told["search-tilejson"].json()["bounds"][2] < 20) is seen
            assert ITEM.encode() not in told["search"].content


def test_unknown_ids_are_told_like_those_of_others(private, outsider):
    strange = {
        **private,
        "file_id": uuid.uuid4(),
        "job_id": uuid.uuid4(),
        "watch_id": uuid.uuid4(),
        "annotation_id": uuid.uuid4(),
        "storage_id": uuid.uuid4(),
    }
    for name in ("file-detail", "file-content", "annotation-detail", "ingest-detail", "ingest-sources"):
        theirs, nobodys = (outsider.get(_url(name, values)) for values in (private, strange))
        assert theirs.status_code == nobodys.status_code
        assert theirs.json()["code"] == nobodys.json()["code"]
