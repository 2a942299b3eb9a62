"""Aggregations over the routes."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from django.contrib.auth.models import User
from django.contrib.gis.geos import GEOSGeometry

from catalog.models import Membership
from catalog.services.access.tokens import create_token
from catalog.stac.core.conformance import CONFORMS_TO
from tests.catalog.stac.records import EPOCH, add_collection, add_item

pytestmark = pytest.mark.django_db
CLOUDS = [0, 3, 12.5, 12.5, 99.9, 100, None, "cloudy"]
PATH = "/stac/aggregate"


@pytest.fixture
def scenes():
    """Eight scenes, 20 days apart and 10° apart; a slide; what only members see."""
    scenes = add_collection("scenes")
    for number, clouds in enumerate(CLOUDS):
        west = -40.0 + number * 10
        properties = {"eo:cloud_cover": clouds, "platform": f"S2{'AB'[number % 2]}", "title": f"Scene {number}"}
        add_item(
            scenes,
            f"scene-{number}",
            bbox=(west, 10.0, west + 1, 11.0),
            start=EPOCH + timedelta(days=20 * number),
            properties=properties,
        )
    slides = add_collection("slides")
    add_item(slides, "slide", bbox=None, start=EPOCH, end=EPOCH + timedelta(days=999), properties={"mag": 40})
    private = add_collection("private", visibility="private")
    add_item(private, "secret", properties={"eo:cloud_cover": 55, "hidden": "x"}, start=EPOCH - timedelta(days=999))
    return scenes


def asked(client, path=PATH, **params):
    """By both methods, which must agree."""
    text = {name: orjson.dumps(value).decode() if isinstance(value, dict) else value for name, value in params.items()}
    text = {name: ",".join(map(str, value)) if isinstance(value, list) else value for name, value in text.items()}
    got, posted = client.get(path, text), client.post(path, params, format="json")
    assert got.status_code == posted.status_code == 200, (got.json(), posted.json())
    assert got.json() == posted.json()
    assert got.json()["type"] == "AggregationCollection"
    found = got.json()["aggregations"]
    return found[0] if len(found) == 1 else found


def frequencies(aggregation):
    return {bucket["key"]: bucket["frequency"] for bucket in aggregation["buckets"]}


@pytest.mark.usefixtures("scenes")
def test_single_values_are_given_in_the_order_asked_for(client):
    names = ["datetime_max", "total_count", "datetime_min"]

    assert asked(client, aggregations=names) == [
        {"name": "datetime_max", "data_type": "datetime", "value": "2026-09-26T00:00:00Z"},
        {"name": "total_count", "data_type": "integer", "value": 9},
        {"name": "datetime_min", "data_type": "datetime", "value": "2024-01-01T00:00:00Z"},
    ]
    assert asked(client) == []


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"collections": ["scenes"]}, 8),
        ({"collections": ["scenes", "nothing"], "ids": ["scene-1", "scene-2", "slide"]}, 2),
        ({"bbox": [-45, 0, -25, 90]}, 2),
        ({"intersects": {"type": "Point", "coordinates": [-39.5, 10.5]}}, 1),
        ({"datetime": "2024-01-15T00:00:00Z/2024-02-15T00:00:00Z", "collections": ["scenes"]}, 2),
        ({"filter": '"eo:cloud_cover" > 12', "filter-lang": "cql2-text"}, 4),
        ({"query": {"platform": {"eq": "S2A"}}}, 4),
        ({"q": '"scene 3",7'}, 2),
        ({"limit": 1, "sortby": "-id"}, 9),
        ({"collections": ["private"]}, 0),
        ({"ids": ["secret"]}, 0),
    ],
)
def test_total_count_takes_the_filters_of_a_search(client, filters, count):
    assert asked(client, aggregations=["total_count"], **filters)["value"] == count
    if "collections" not in filters:
        expected = len(client.post("/stac/search", {**filters, "limit": 100}, format="json").json()["features"])
        assert count == expected


@pytest.mark.usefixtures("scenes")
def test_collection_frequency_counts_visible_collections(client):
    found = asked(client, aggregations=["collection_frequency"])

    assert found == {
        "name": "collection_frequency",
        "data_type": "frequency_distribution",
        "overflow": 0,
        "buckets": [
            {"key": "scenes", "data_type": "string", "frequency": 8},
            {"key": "slides", "data_type": "string", "frequency": 1},
        ],
    }


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ("year", {"2024-01-01": 9}),
        ("quarter", {"2024-01-01": 6, "2024-04-01": 3}),
        ("month", {"2024-01-01": 3, "2024-02-01": 1, "2024-03-01": 2, "2024-04-01": 2, "2024-05-01": 1}),
    ],
)
def test_datetime_frequency_counts_by_interval(client, interval, expected):
    found = asked(client, aggregations=["datetime_frequency"], datetime_frequency_interval=interval)

    assert frequencies(found) == {f"{day}T00:00:00Z": count for day, count in expected.items()}
    assert [bucket["key"] for bucket in found["buckets"]] == sorted(frequencies(found))
    assert found["buckets"][0]["data_type"] == "datetime"


@pytest.mark.usefixtures("scenes")
def test_datetime_frequency_by_week_begins_on_mondays(client):
    found = asked(client, aggregations=["datetime_frequency"], datetime_frequency_interval="week")

    assert sum(frequencies(found).values()) == 9
    assert {datetime.fromisoformat(key).weekday() for key in frequencies(found)} == {0}


def test_datetime_frequency_without_interval_fits_the_span(client):
    collection = add_collection()
    for number, start in enumerate((EPOCH, EPOCH + timedelta(minutes=30), EPOCH + timedelta(days=3))):
        add_item(collection, str(number), start=start)
    hours = asked(client, aggregations=["datetime_frequency"])
    add_item(collection, "old", start=datetime(1985, 7, 1, tzinfo=UTC))
    years = asked(client, aggregations=["datetime_frequency"])

    assert frequencies(hours) == {"2024-01-01T00:00:00Z": 2, "2024-01-04T00:00:00Z": 1}
    assert frequencies(years) == {"1985-01-01T00:00:00Z": 1, "2024-01-01T00:00:00Z": 3}


@pytest.mark.usefixtures("scenes")
def test_cloud_cover_frequency_counts_ranges(client):
    found = asked(client, aggregations=["cloud_cover_frequency"])

    assert found["buckets"] == [
        {"key": "0.0-5.0", "data_type": "numeric", "from": 0.0, "to": 5.0, "frequency": 2},
        {"key": "10.0-15.0", "data_type": "numeric", "from": 10.0, "to": 15.0, "frequency": 2},
        {"key": "95.0-100.0", "data_type": "numeric", "from": 95.0, "to": 100.0, "frequency": 1},
        {"key": "100.0-105.0", "data_type": "numeric", "from": 100.0, "to": 105.0, "frequency": 1},
    ]
    # One has none, one has a text, and a slide has no clouds.
    assert found["overflow"] == 3
    by_name = asked(client, aggregations=["eo:cloud_cover_frequency"])
    assert by_name["buckets"] == found["buckets"]


@pytest.mark.usefixtures("scenes")
def test_frequency_of_a_text_property_counts_its_values(client):
    assert frequencies(asked(client, aggregations=["platform_frequency"])) == {"S2A": 4, "S2B": 4}
    assert asked(client, aggregations=["nothing_frequency"])["overflow"] == 9
    assert asked(client, aggregations=["hidden_frequency"])["buckets"] == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([7, 7], {"0.0-10.0": 2}),
        ([0, 0], {"0.0-1.0": 2}),
        ([-0.3, 0.25], {"-0.3--0.25": 1, "0.25-0.3": 1}),
        ([1e-7, 3e-7], {"1e-07-1.1e-07": 1, "3e-07-3.1e-07": 1}),
        ([0.3, 1.9, 0.6], {"0.3-0.4": 1, "0.6-0.7": 1, "1.9-2.0": 1}),
        ([-1e300, 1e300], None),
        ([0, 10**15], {"0.0-50000000000000.0": 1, "1000000000000000.0-1050000000000000.0": 1}),
    ],
)
def test_numeric_frequency_of_odd_spans_has_round_ranges(client, values, expected):
    collection = add_collection()
    for number, value in enumerate(values):
        add_item(collection, str(number), properties={"gsd": value})

    found = frequencies(asked(client, aggregations=["gsd_frequency"]))

    assert sum(found.values()) == len(values)
    assert expected is None or found == expected


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("name", "precision", "expected"),
    [
        ("centroid_geohash_grid_frequency", 1, {"e": 4, "s": 4}),
        ("centroid_geotile_grid_frequency", 0, {"0/0/0": 8}),
        ("centroid_geotile_grid_frequency", 3, {"3/3/3": 4, "3/4/3": 4}),
        ("geometry_geohash_grid_frequency", 1, {"e": 4, "s": 4}),
        ("geometry_geotile_grid_frequency", 3, {"3/3/3": 4, "3/4/3": 4}),
    ],
)
def test_grid_frequency_counts_items_in_cells(client, name, precision, expected):
    found = asked(client, aggregations=[name], **{f"{name}_precision": precision})

    assert frequencies(found) == expected
    assert found["overflow"] == 1


def test_geometry_grid_frequency_counts_each_cell_that_a_footprint_meets(client):
    triangle = GEOSGeometry("SRID=4326;POLYGON((1 1, 44 1, 1 44, 1 1))")
    add_item(add_collection(), geometry=triangle, bbox=(1, 1, 44, 44))
    name = "geometry_geotile_grid_frequency"

    found = asked(client, aggregations=[name], geometry_geotile_grid_frequency_precision=4)
    part = asked(client, aggregations=[name], geometry_geotile_grid_frequency_precision=4, bbox=[0, 0, 20, 20])
    fine = asked(client, aggregations=[name], geometry_geotile_grid_frequency_precision=12, bbox=[1, 1, 2, 2])

    assert frequencies(found) == {"4/8/7": 1, "4/9/7": 1, "4/8/6": 1, "4/9/6": 1, "4/8/5": 1}
    assert frequencies(part) == {"4/8/7": 1}
    assert len(fine["buckets"]) > 100


def test_grid_frequency_across_the_antimeridian_lies_on_its_sides(client):
    sides = GEOSGeometry(
        "SRID=4326;MULTIPOLYGON(((178 1, 180 1, 180 9, 178 9, 178 1)), ((-180 1, -177 1, -177 9, -180 9, -180 1)))"
    )
    add_item(add_collection(), geometry=sides, bbox=(178, 1, -177, 9))
    names = ["centroid_geotile_grid_frequency", "geometry_geotile_grid_frequency"]

    centroid, geometry = asked(client, aggregations=names, **{f"{name}_precision": 3 for name in names})
    near = asked(client, aggregations=names[1:], geometry_geotile_grid_frequency_precision=3, bbox=[179, 0, -179, 10])

    assert frequencies(centroid).keys() < {"3/0/3", "3/7/3"}
    assert frequencies(geometry) == frequencies(near) == {"3/0/3": 1, "3/7/3": 1}


@pytest.mark.usefixtures("scenes")
def test_collection_s_aggregations_are_what_it_lists(client):
    links = {link["rel"]: link["href"] for link in client.get("/stac/collections/scenes").json()["links"]}
    listed = client.get(links["aggregations"]).json()["aggregations"]
    names = [each["name"] for each in listed]

    assert {"total_count", "datetime_frequency", "platform_frequency", "cloud_cover_frequency"} <= set(names)
    assert "title_frequency" not in names
    assert {"name": "total_count", "data_type": "integer"} in listed
    clouds = next(each for each in listed if each["name"] == "cloud_cover_frequency")
    assert clouds["frequency_distribution_data_type"] == "numeric"
    found = asked(client, links["aggregate"], aggregations=names)
    assert [each["name"] for each in found] == names
    assert found[0]["value"] == 8
    assert asked(client, links["aggregate"], aggregations=["total_count"], collections=["slides"])["value"] == 0
    refused = client.get("/stac/collections/slides/aggregate", {"aggregations": "cloud_cover_frequency"})
    assert refused.status_code == 400


@pytest.mark.usefixtures("scenes")
def test_landing_links_aggregations(client):
    landing = client.get("/stac/").json()
    links = [link for link in landing["links"] if link["rel"].startswith("aggregat")]

    assert {link.get("method") for link in links if link["rel"] == "aggregate"} == {"GET", "POST"}
    (listing,) = [link["href"] for link in links if link["rel"] == "aggregations"]
    document = client.get(listing).json()
    assert {link["rel"]: link["href"] for link in document["links"]}["self"] == listing
    assert "hidden_frequency" not in {each["name"] for each in document["aggregations"]}
    prefix = "https://api.stacspec.org/v0.3.0/aggregation"
    assert {prefix, f"{prefix}#query", f"{prefix}#filter"} <= set(CONFORMS_TO)


@pytest.mark.usefixtures("scenes")
def test_private_items_are_counted_for_members_alone(client):
    everything = ["total_count", "collection_frequency", "cloud_cover_frequency", "centroid_geohash_grid_frequency"]
    before = asked(client, aggregations=everything)
    for route in ("aggregate", "aggregations"):
        assert client.get(f"/stac/collections/private/{route}").status_code == 404
    member = User.objects.create_user("member")
    Membership.objects.create(collection_id="private", user=member, role=Membership.Role.VIEWER)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(user=member, name='t')[1]}")
    after = asked(client, aggregations=everything)

    assert "private" not in orjson.dumps(before).decode()
    assert (before[0]["value"], after[0]["value"]) == (9, 10)
    assert frequencies(after[1])["private"] == 1
    assert frequencies(after[2])["55.0-60.0"] == 1
    assert len(client.get("/stac/collections/private/aggregations").json()["aggregations"]) > 9


@pytest.mark.usefixtures("scenes")
@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"aggregations": ["nothing"]}, "aggregations"),
        ({"aggregations": ["_frequency"]}, "aggregations"),
        ({"aggregations": ['a"b_frequency']}, "aggregations"),
        ({"aggregations": ["a\x00_frequency"]}, "aggregations"),
        ({"aggregations": ["x" * 300 + "_frequency"]}, "aggregations"),
        ({"aggregations": [f"p{n}_frequency" for n in range(40)]}, "aggregations"),
        ({"datetime_frequency_interval": "fortnight"}, "datetime_frequency_interval"),
        ({"centroid_geohash_grid_frequency_precision": 0}, "centroid_geohash_grid_frequency_precision"),
        ({"centroid_geohash_grid_frequency_precision": 13}, "centroid_geohash_grid_frequency_precision"),
        ({"centroid_geotile_grid_frequency_precision": -1}, "centroid_geotile_grid_frequency_precision"),
        ({"centroid_geotile_grid_frequency_precision": "9" * 5000}, "centroid_geotile_grid_frequency_precision"),
        (
            {
                "geometry_geohash_grid_frequency_precision": 4,
                "aggregations": ["geometry_geohash_grid_frequency"],
            },
            "geometry_geohash_grid_frequency_precision",
        ),
        ({"bbox": [1, 2]}, "bbox"),
        ({"unknown": "1"}, "unknown"),
        ({"filter": "a ="}, "filter"),
        ({"q": '"open'}, "q"),
    ],
)
def test_aggregate_of_bad_value_answers_400_that_names_it(client, body, name):
    text = {key: ",".join(map(str, value)) if isinstance(value, list) else value for key, value in body.items()}
    for answer in (client.get(PATH, text), client.post(PATH, body, format="json")):
        assert answer.status_code == 400, answer.json()
        assert set(answer.json()) == {"code", "description"}
        assert answer.json()["description"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    "body", [[], {"aggregations": 5}, {"aggregations": [5]}, {"centroid_geohash_grid_frequency_precision": 1.5}]
)
def test_aggregate_post_of_bad_body_answers_400(client, body):
    assert client.post(PATH, body, format="json").status_code == 400


def test_aggregate_that_takes_too_long_answers_503(client, settings, monkeypatch):
    triangle = GEOSGeometry("SRID=4326;POLYGON((-179 -80, 179 -80, 179 80, -179 -80))")
    for number in range(3):
        add_item(add_collection(str(number)), geometry=triangle, bbox=(-179, -80, 179, 80))
    # SQLite looks at the clock that seldom that so few rows would be done before.
    monkeypatch.setattr("catalog.querying.statements.INSTRUCTIONS", 1)
    settings.STAC = {"search_seconds": 0.001}
    slow = {"aggregations": "geometry_geotile_grid_frequency", "geometry_geotile_grid_frequency_precision": 7}

    answer = client.get(PATH, slow)

    assert answer.status_code == 503
    assert answer.json()["code"] == "took_too_long"
