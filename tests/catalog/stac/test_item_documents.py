"""Items as answers have them, compared with what is made of whole, read documents."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry

from catalog.documents.validation import STRUCTURAL_RELS
from catalog.models import Item
from catalog.querying.fields import parse_fields
from catalog.stac.core.items import WEB_MAP_LINKS, item_document
from tests.catalog.stac.records import EPOCH, add_collection

pytestmark = pytest.mark.django_db
BASE = "http://testserver"
RENDERS = {
    "plain": {"assets": ["data"], "title": "Plain"},
    "two & more": {"assets": ["data", "own"], "rescale": [[0, 1]]},
}
SECONDARY = ("thumbnail", "metadata")
RANKS = ("visual", "overview", "data")


def plain_document(item: Item, *, renders: dict[str, Any]) -> dict[str, Any]:
    """Return the document the plain way: member by member, of what the model has read."""
    maps = [*imagery_links(item), *render_links(item, renders)]
    collection = f"{BASE}/stac/collections/{quote(item.collection_id, safe='')}"
    links = [
        {"rel": "self", "href": f"{collection}/items/{quote(item.item_id, safe='')}", "type": "application/geo+json"},
        {"rel": "root", "href": f"{BASE}/stac/", "type": "application/json"},
        {"rel": "parent", "href": collection, "type": "application/json"},
        {"rel": "collection", "href": collection, "type": "application/json"},
    ]
    foreign = [{**each, "href": absolute(each["href"])} for each in item.links if each["rel"] not in STRUCTURAL_RELS]
    moment = item.datetime and item.datetime.astimezone(UTC).isoformat().replace("+00:00", "Z")
    kept = item.extra.get("geometry")
    if kept is None and item.geometry is not None:
        kept = orjson.loads(shapely.to_geojson(shapely.from_wkb(bytes(item.geometry.wkb))))
    document = {
        **item.extra,
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": list(dict.fromkeys([*item.stac_extensions, *([WEB_MAP_LINKS] if maps else [])])),
        "id": item.item_id,
        "collection": item.collection_id,
        "geometry": kept,
        "properties": {"datetime": moment, **item.properties},
        "links": [*links, *maps, *foreign],
        "assets": {key: absolute_asset(asset) for key, asset in item.assets.items()},
    }
    return document if item.bbox is None else {**document, "bbox": item.bbox}


def absolute(href: str) -> str:
    return BASE + href if href.startswith("/") and not href.startswith("//") else href


def absolute_asset(asset: dict[str, Any]) -> dict[str, Any]:
    found = {**asset, "href": absolute(asset["href"])}
    if isinstance(asset.get("alternate"), dict):
        found["alternate"] = {
            name: {**each, "href": absolute(each["href"])}
            if isinstance(each, dict) and isinstance(each.get("href"), str)
            else each
            for name, each in asset["alternate"].items()
        }
    return found


def imagery_links(item: Item) -> Iterator[dict[str, Any]]:
    def roles(key: str) -> list[Any]:
        given = item.assets[key].get("roles")
        return given if isinstance(given, list) else []

    keys = [key for key in item.assets if key in item.asset_files and not set(SECONDARY) & set(roles(key))]
    keys.sort(key=lambda key: next((rank for rank, role in enumerate(RANKS) if role in roles(key)), len(RANKS)))
    for position, key in enumerate(keys):
        prefix = tiles(item, key)
        title = item.assets[key].get("title") or key
        if position == 0:
            yield map_link("preview", f"{prefix}/data/thumbnail.webp", "image/webp", "Thumbnail")
        yield map_link("tilejson", f"{prefix}/tilejson.json", "application/json", title)
        if item.geometry is not None:
            yield map_link("xyz", f"{prefix}/tiles/{{z}}/{{x}}/{{y}}.webp", "image/webp", title)


def render_links(item: Item, renders: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, render in renders.items():
        if set(render["assets"]) <= item.asset_files.keys():
            query, title = urlencode({"render": name}), render.get("title") or name
            yield map_link("tilejson", f"{tiles(item)}/tilejson.json?{query}", "application/json", title)
            if item.geometry is not None:
                yield map_link("xyz", f"{tiles(item)}/tiles/{{z}}/{{x}}/{{y}}.webp?{query}", "image/webp", title)


def tiles(item: Item, *keys: str) -> str:
    return "/".join((f"{BASE}/tiles", *(quote(each, safe="") for each in (item.collection_id, item.item_id, *keys))))


def map_link(rel: str, href: str, media_type: str, title: str) -> dict[str, Any]:
    return {"rel": rel, "href": href, "type": media_type, "title": title}


HREFS = (
    "s3://bucket/a.tif",
    "https://example.org/a b.tif",
    "/api/files/1/download/",
    "//example.org/a",
    "a/b.tif",
    "/",
)
ODD = ("plain", 'quote " and \\ slash', "ümlaut/☃", "a b", "{curly}", '"datetime":', '\\"datetime": {', "000")
NUMBERS = (0, -1, 1.5, 3.4028234663852886e38, -1.7976931348623157e308, 1e20, 12345678901234567890, 1e-9, 600000, 1e15)


def draw_geometry() -> GEOSGeometry | None:
    west, south = random.uniform(-179, 170), random.uniform(-89, 80)
    shapes = (
        shapely.Point(west, south),
        shapely.box(west, south, west + 1 / 3, south + 0.1),
        shapely.MultiPoint([(west, south), (10.123456789012345, -0.1)]),
        shapely.Polygon(
            shapely.box(west, south, west + 3, south + 3).exterior,
            [shapely.box(west + 1, south + 1, west + 2, south + 2).exterior],
        ),
    )
    return random.choice([None, *(GEOSGeometry(memoryview(each.wkb), srid=4326) for each in shapes)])


def draw_value(depth: int = 2) -> Any:
    leaf = random.choice([None, True, random.choice(NUMBERS), random.choice(ODD), random.choice(HREFS)])
    if depth == 0:
        return leaf
    inner = [draw_value(depth - 1) for _ in range(random.randrange(3))]
    return random.choice([leaf, inner, {random.choice([*ODD, "datetime", "href"]): each for each in inner}])


def draw_asset() -> dict[str, Any]:
    asset: dict[str, Any] = {"href": random.choice(HREFS), random.choice(ODD): draw_value()}
    if random.random() < 0.5:
        asset["roles"] = random.choice(
            [["data"], ["visual"], ["thumbnail"], ["metadata", "x"], "data", [1, "overview"]]
        )
    if random.random() < 0.3:
        asset["title"] = random.choice(ODD)
    if random.random() < 0.3:
        asset["alternate"] = random.choice([{"a": {"href": random.choice(HREFS)}, "b": {"href": 1}, "c": 2}, "none"])
    return asset


def draw_item(number: int, *, collection_id: str) -> Item:
    start = EPOCH + timedelta(seconds=random.randrange(10**8), microseconds=random.choice([0, 1, 120000]))
    properties: dict[str, Any] = {random.choice([*ODD, "gsd", "long:name"]): draw_value() for _ in range(4)}
    if random.random() < 0.7:
        properties["datetime"] = random.choice([None, start.isoformat(), "2024-01-01T00:00:00Z"])
    assets = {random.choice(["data", "own", "thumb", *ODD]): draw_asset() for _ in range(3)}
    links = [
        {"rel": random.choice(["self", "derived_from", "license"]), "href": random.choice(HREFS)}
        for _ in range(random.randrange(3))
    ]
    extra: dict[str, Any] = {"foreign": draw_value()} if random.random() < 0.3 else {}
    if random.random() < 0.2:
        extra["geometry"] = {"type": "Point", "coordinates": [1.5, 2.25, 1e20]}
    return Item(
        collection_id=collection_id,
        item_id=random.choice(["scene-{}", "ä b/{}", "S2_{}.SAFE", "%2F{}", '"{}"']).format(number),
        geometry=draw_geometry(),
        bbox=random.choice([None, [1, 2, 3.5, 4], [170.1, -1e-20, 0, -170.0, 1, 2]]),
        datetime=random.choice([None, start]),
        start_datetime=start,
        end_datetime=start,
        properties=properties,
        assets=assets,
        links=links,
        stac_extensions=random.choice([[], ["https://example.org/a"] * 2, [WEB_MAP_LINKS]]),
        extra=extra,
        asset_files={key: key for key in assets if random.random() < 0.5},
    )


@pytest.fixture
def items() -> dict[tuple[str, str], Item]:
    """Return two hundred items of two collections, as the database gives them back."""
    add_collection("scenes", extra={"renders": RENDERS})
    add_collection("other ones/ü")
    Item.objects.bulk_create(
        draw_item(number, collection_id=random.choice(["scenes", "other ones/ü"])) for number in range(200)
    )
    return {(item.collection_id, item.item_id): item for item in Item.objects.all()}


def renders_of(item: Item) -> dict[str, Any]:
    return RENDERS if item.collection_id == "scenes" else {}


def exact(document: Any) -> bytes:
    """Write it for comparing: 1 is another number than 1.0, and a float is what it was read as."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def test_page_has_the_documents_that_the_plain_way_makes(client, items):
    features = orjson.loads(client.get("/stac/search?limit=1000").content)["features"]
    assert len(features) == len(items)
    for feature in features:
        item = items[feature["collection"], feature["id"]]
        assert exact(feature) == exact(plain_document(item, renders=renders_of(item)))


def test_one_item_has_the_document_that_the_plain_way_makes(items):
    for item in items.values():
        document = item_document(item, base=BASE, renders=renders_of(item))
        assert exact(document) == exact(plain_document(item, renders=renders_of(item)))


@pytest.mark.parametrize(
    "fields",
    [
        *(
            "id",
            "assets",
            "-assets",
            "properties.gsd",
            "properties,-properties.gsd",
            "-geometry.type,-links",
            "foreign",
        ),
        *("assets.data.href", "-assets.data,-properties.datetime", "geometry.coordinates,bbox", "properties.datetime"),
    ],
)
def test_page_of_some_fields_has_those_of_the_plain_documents(client, items, fields):
    features = orjson.loads(client.get("/stac/search", {"limit": 1000, "fields": fields}).content)["features"]
    assert len(features) == len(items)
    for feature in features:
        item = items[feature["collection"], feature["id"]]
        selected = parse_fields(fields, name="fields").apply(plain_document(item, renders=renders_of(item)))
        assert exact(feature) == exact(selected)


def test_item_not_in_the_database_has_a_document():
    item = Item(collection_id="a", item_id="b", start_datetime=datetime.now(UTC), end_datetime=datetime.now(UTC))
    assert exact(item_document(item, base=BASE)) == exact(plain_document(item, renders={}))
