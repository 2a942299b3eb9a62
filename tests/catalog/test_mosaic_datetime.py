"""`datetime` of a request narrows a mosaic to items of that time: on every route and in every link."""

import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from catalog.services.searches import mosaic
from catalog.services.searches.refreshing import refresh_overviews
from tests.catalog.test_mosaic_data import _text, box  # noqa: F401  A fixture.
from tests.catalog.test_mosaics import (  # noqa: F401  Fixtures.
    ZXY,
    _center,
    _register,
    _shades,
    _url,
    add_scene,
)

WMTS = "{http://www.opengis.net/wmts/1.0}"
# Of the older scene, of the newer one, and neither's.
OLD, NEW, NEVER = "../2024-04-25T00:00:00Z", "2024-05-01T00:00:00Z", "2020-01-01T00:00:00Z/2021-01-01T00:00:00Z"
CLASS = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/datetime"


@pytest.fixture
def searched(collection, add_scene):  # noqa: F811
    """Return the id of a layer of two scenes, the newer one above the older, of 22 April and of 1 May 2024."""
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200)
    return _register({"collections": ["scenes"]})


@pytest.mark.parametrize(
    ("moment", "shades"),
    [
        ("", [200]),
        (OLD, [50]),
        (NEW, [200]),
        ("2024-05-01T02:00:00%2B02:00", [200]),
        ("2024-04-22T00:00:00Z/2024-05-01T00:00:00Z", [200]),
        ("2024-04-22T00:00:00Z/2024-04-30T23:59:59.999Z", [50]),
        ("2024-04-23T00:00:00Z/..", [200]),
        ("/2024-04-22T00:00:00Z", [50]),
        (NEVER, []),
    ],
)
def test_tile_of_a_time_shows_the_items_of_that_time(searched, moment, shades):
    assert _shades(Client().get(_url(searched, f"?rescale=0,255&datetime={moment}"))) == shades


def test_tile_of_a_time_keeps_the_stretch_of_all(searched):
    """The darkest and the brightest of the layer stay what they are, so that times can be compared."""
    assert [_shades(Client().get(_url(searched, f"?datetime={each}"))) for each in (OLD, NEW)] == [[50], [200]]
    facts = f"/tiles/searches/{searched}/info/statistics"
    assert Client().get(f"{facts}?datetime={OLD}").json() == Client().get(facts).json()


def test_time_of_the_request_goes_with_that_of_the_search(collection, add_scene):  # noqa: F811
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200)
    identifier = _register({"datetime": "2024-04-25T00:00:00Z/.."})
    assert _shades(Client().get(_url(identifier, "?datetime=2024-04-01T00:00:00Z/.."))) == [200]
    assert _shades(Client().get(_url(identifier, f"?datetime={OLD}"))) == []


def test_answers_of_other_times_are_not_taken_for_each_other(searched, box):  # noqa: F811
    for route in (f"tiles/{ZXY}.png", f"data/region.png?bbox={_text(box)}", f"data/statistics?bbox={_text(box)}"):
        address = f"/tiles/searches/{searched}/{route}{'&' if '?' in route else '?'}datetime="
        old, new = (Client().get(f"{address}{each}") for each in (OLD, NEW))
        assert old["ETag"] != new["ETag"]
        assert old.content != new.content
        assert Client().get(f"{address}{NEW}", headers={"If-None-Match": old["ETag"]}).status_code == 200
        assert Client().get(f"{address}{OLD}", headers={"If-None-Match": old["ETag"]}).status_code == 304


def test_values_of_a_time_are_of_its_items(searched, box):  # noqa: F811
    longitude, latitude = _center()
    base, place = f"/tiles/searches/{searched}/", f"{longitude:.6f},{latitude:.6f}"
    for moment, name, value in ((OLD, "old", 50), (NEW, "new", 200)):
        query = f"datetime={moment}"
        assert Client().get(f"{base}data/point/{place}?{query}").json()["values"] == [value]
        assert [each["id"] for each in Client().get(f"{base}point/{place}?{query}").json()["values"]] == [name]
        assert [each["id"] for each in Client().get(f"{base}tiles/{ZXY}/assets?{query}").json()["items"]] == [name]
        found = Client().get(f"{base}data/statistics?bbox={_text(box)}&{query}").json()
        assert (found["b1"]["min"], found["b1"]["max"]) == (value, value)
        zone = {"type": "Polygon", "coordinates": [[box[:2], (box[2], box[1]), box[2:], box[:2]]]}
        zone = {"type": "Feature", "properties": {}, "geometry": zone}
        posted = Client().post(f"{base}data/statistics?{query}", zone, content_type="application/geo+json").json()
        assert posted["properties"]["statistics"]["b1"]["max"] == value
        (histogram,) = Client().get(f"{base}data/histogram?{query}").json()
        assert (histogram["min"], histogram["max"]) == (value, value)
        pixel = f"data/pixel?coord_crs=EPSG:4326&left={longitude}&top={latitude}"
        for route in (pixel, f"data/profile?line={place},15.02,45.12", "info/frames?"):
            found = Client().get(f"{base}{route}&{query}").json()
            assert [each["id"] for each in found["items"]] == [name], route
        # One of its own pixels: at that time the layer is of one image.
        assert Client().get(f"{base}data/pixel?left=9&top=9&{query}").json()["values"] == [value]
        assert Client().get(f"{base}info/bands?{query}").status_code == 200


def test_times_without_items_have_nothing(searched, box):  # noqa: F811
    longitude, latitude = _center()
    base, query = f"/tiles/searches/{searched}/", f"datetime={NEVER}"
    assert not Client().get(f"{base}tiles/{ZXY}/assets?{query}").json()["items"]
    assert not Client().get(f"{base}point/{longitude},{latitude}?{query}").json()["values"]
    assert not Client().get(f"{base}info/frames?{query}").json()["items"]
    for route in (
        f"data/region.tif?bbox={_text(box)}&", f"data/statistics?bbox={_text(box)}&", "data/preview.png?",
        f"data/point/{longitude},{latitude}?", "info/metadata?", "info/bands?", "data/histogram?",
        f"data/profile?line={longitude},{latitude},15.02,45.12&",
        f"data/pixel?coord_crs=EPSG:4326&left={longitude}&top={latitude}&",
    ):  # fmt: skip
        answer = Client().get(f"{base}{route}{query}")
        assert (answer.status_code, answer.json()["code"]) == (404, "outside_bounds"), route


def test_links_carry_the_time_on(searched):
    base, query = f"/tiles/searches/{searched}/", f"datetime={OLD}&pixel_selection=highest"
    z, x, y = ZXY.split("/")
    templates = [
        Client().get(f"{base}{route}?{query}").json()["tiles"][0].replace(".webp", ".png")
        for route in ("tilejson.json", "tiles/WebMercatorQuad/tilejson.json")
    ]
    listed = Client().get(f"{base}tiles?{query}").json()["tilesets"]
    entry = next(each for each in listed if each["title"].endswith("WebMercatorQuad"))
    links = {link["title"]: link["href"] for link in Client().get(entry["links"][0]["href"]).json()["links"]}
    templates.append(links["Tiles"])
    assert Client().get(links["TileJSON"]).json()["tiles"][0].replace(".webp", ".png") == templates[0]
    root = ET.fromstring(Client().get(f"{base}WMTSCapabilities.xml?{query}").content)
    templates.append(root.find(f".//{WMTS}ResourceURL").get("template").replace("{TileMatrixSet}", "WebMercatorQuad"))
    for template in templates:
        assert parse_qs(urlsplit(template).query) == {"datetime": [OLD], "pixel_selection": ["highest"]}
        address = template
        for name, value in {"z": z, "x": x, "y": y, "tileMatrix": z, "tileCol": x, "tileRow": y}.items():
            address = address.replace(f"{{{name}}}", value).replace(f"{{{name[0].upper()}{name[1:]}}}", value)
        assert _shades(Client().get(address)) == [50], address


def test_offset_of_a_time_is_carried_on(searched):
    document = Client().get(f"/tiles/searches/{searched}/tilejson.json?datetime=2024-05-01T02:00:00%2B02:00").json()
    assert document["tiles"][0].endswith("?datetime=2024-05-01T02:00:00%2B02:00")


ROUTES = (
    "tilejson.json", "tiles/WebMercatorQuad/tilejson.json", "WMTSCapabilities.xml", "tiles", "tiles/WebMercatorQuad",
    f"tiles/{ZXY}.png", f"tiles/{ZXY}.tif", f"tiles/WebMercatorQuad/{ZXY}.png", f"tiles/{ZXY}/assets",
    f"tiles/WebMercatorQuad/{ZXY}/assets", "info/metadata", "info/bands", "info/statistics", "data/preview.png",
    "data/thumbnail.png", "data/region.tif?bbox=15.02,45.12,15.03,45.13", "data/point/15.02,45.12",
    "data/statistics?bbox=15.02,45.12,15.03,45.13", "point/15.02,45.12", "data/histogram", "info/frames",
    "data/profile?line=15.02,45.12,15.03,45.13", "data/pixel?left=15.02&top=45.12&coord_crs=EPSG:4326",
    "info/metadata_internal",
)  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
def test_time_that_is_none_is_refused_everywhere(db, route):
    del db
    identifier = _register({})
    joint = "&" if "?" in route else "?"
    for text in ("yesterday", "2024-05-01", "../..", "2024-05-02T00:00:00Z/2024-05-01T00:00:00Z", "a/b/c"):
        answer = Client().get(f"/tiles/searches/{identifier}/{route}{joint}datetime={text}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter"), text
        assert answer.json()["description"].startswith("datetime: ")


@pytest.mark.django_db(transaction=True)
def test_prepared_tiles_are_not_those_of_a_time(api, collection, add_scene):  # noqa: F811
    add_scene(collection, "old", shade=50, days=9)
    add_scene(collection, "new", shade=200)
    identifier = api.post("/tiles/searches/", {"metadata": {"overviews": True}}).json()["id"]
    assert refresh_overviews(identifier)
    mosaic._searches.clear()
    address = f"/tiles/searches/{identifier}/tiles/5/17/11"
    assert Client().get(f"{address}/assets").json()["prepared"]
    found = Client().get(f"{address}/assets?datetime={OLD}").json()
    assert (found["prepared"], [each["id"] for each in found["items"]]) == (False, ["old"])
    whole, old = Client().get(f"{address}.png"), Client().get(f"{address}.png?datetime={OLD}")
    assert whole.status_code == old.status_code == 200
    assert whole["ETag"] != old["ETag"]
    previews = [Client().get(f"/tiles/searches/{identifier}/data/preview.png?datetime={each}") for each in (OLD, NEVER)]
    assert [each.status_code for each in previews] == [200, 404]


def test_class_of_times_is_claimed(client):
    assert CLASS in client.get("/tiles/conformance").json()["conformsTo"]
