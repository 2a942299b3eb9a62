"""Areas that clients search in."""

import math

import pytest

from catalog.errors import InvalidParameter
from catalog.querying.geometry import parse_bbox, parse_geometry

SQUARE = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]


@pytest.mark.parametrize(
    "value", [["10", "50", "11", "51"], [10, 50, 11, 51], [10, 50, -100, 11, 51, 9000], [10.0, 50.0, 0, 11.0, 51.0, 0]]
)
def test_parse_bbox_of_four_or_six_numbers_is_a_rectangle(value):
    (area,) = parse_bbox(value)
    assert area.geom_type == "Polygon"
    assert area.extent == (10.0, 50.0, 11.0, 51.0)
    assert area.srid == 4326


def test_parse_bbox_across_antimeridian_is_two_rectangles():
    assert [area.extent for area in parse_bbox([170, -20, -170, 20])] == [(170, -20, 180, 20), (-180, -20, -170, 20)]


@pytest.mark.parametrize(
    ("value", "kind"), [("1,2,1,2", "Point"), ("1,2,1,5", "LineString"), ("1,2,5,2", "LineString")]
)
def test_parse_bbox_without_area_is_still_valid(value, kind):
    (area,) = parse_bbox(value.split(","))
    assert area.geom_type == kind
    assert area.valid


def test_parse_bbox_tolerates_what_was_only_rounded():
    (area,) = parse_bbox([-180.00000000000014, -90, 180.00000000000014, 90])
    assert area.valid
    (area,) = parse_geometry({"type": "Point", "coordinates": [180.00001525878906, 0]})
    assert area.x == 180.00001525878906


@pytest.mark.parametrize(
    "value",
    [
        *("", "1", "1,2,3", "1,2,3,4,5", "1,2,3,4,5,6,7", "a,b,c,d", "1,2,,4", "nan,0,1,1", "0,0,inf,1"),
        *("0,10,1,5", "-181,0,1,1", "0,-91,1,1", "0,0,181,1", "0,0,180.001,1", "0,0,1,91", "0,0,9,1,1,0", "0 0 1 1"),
        *(
            [0, 0, 1],
            [0, 0, None, 1],
            [True, 0, 1, 1],
            [[0], 0, 1, 1],
            {"west": 1},
            5,
            ("1", "2", "3", "4"),
            [0, 0, 10**400, 1],
        ),
    ],
)
def test_parse_bbox_of_nonsense_names_the_parameter(value):
    with pytest.raises(InvalidParameter, match=r"^bbox: "):
        parse_bbox(value.split(",") if isinstance(value, str) else value)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Point", "coordinates": [1, 2, 300]},
        {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]},
        {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
        {"type": "MultiLineString", "coordinates": [[[1, 2], [3, 4]]]},
        {"type": "Polygon", "coordinates": [SQUARE]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
    ],
)
def test_parse_geometry_of_each_type_is_one_part(geometry):
    (part,) = parse_geometry(geometry)
    assert part.geom_type == geometry["type"]
    assert not part.hasz


def test_parse_geometry_of_collection_has_all_its_parts():
    point = {"type": "Point", "coordinates": [1, 2]}
    inner = {"type": "GeometryCollection", "geometries": [point, {"type": "Polygon", "coordinates": [SQUARE]}]}
    parts = parse_geometry({"type": "GeometryCollection", "geometries": [point, inner]})
    assert [part.geom_type for part in parts] == ["Point", "Point", "Polygon"]


def nested_collections(depth: int) -> dict[str, object]:
    geometry: dict[str, object] = {"type": "Point", "coordinates": [1, 2]}
    for _ in range(depth):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    return geometry


@pytest.mark.parametrize(
    "geometry",
    [
        *(None, "POINT (1 2)", [1, 2], {}, {"type": "Point"}, {"type": ["Point"], "coordinates": [1, 2]}),
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}},
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [1]},
        {"type": "Point", "coordinates": [1, 2, 3, 4]},
        {"type": "Point", "coordinates": ["1", "2"]},
        {"type": "Point", "coordinates": [True, 2]},
        {"type": "Point", "coordinates": [181, 2]},
        {"type": "Point", "coordinates": [1, -91]},
        {"type": "Point", "coordinates": [math.nan, 1]},
        {"type": "LineString", "coordinates": [[1, 2]]},
        {"type": "LineString", "coordinates": [[1, 2], [1, 2]]},
        {"type": "Polygon", "coordinates": SQUARE},
        {"type": "Polygon", "coordinates": [SQUARE[:-1]]},
        {"type": "Polygon", "coordinates": [SQUARE[:2]]},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "GeometryCollection"},
        nested_collections(50),
    ],
)
def test_parse_geometry_of_nonsense_names_the_parameter(geometry):
    with pytest.raises(InvalidParameter, match=r"^intersects: "):
        parse_geometry(geometry)


def test_parse_geometry_of_too_many_vertices_is_refused(settings):
    settings.STAC = {"max_vertices": 4}
    with pytest.raises(InvalidParameter, match="at most 4 positions"):
        parse_geometry({"type": "Polygon", "coordinates": [SQUARE]})
