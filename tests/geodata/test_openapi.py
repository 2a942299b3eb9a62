"""What the OpenAPI document says of tiles: all routes, their parameters' types, examples, what answers mean."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import URLResolver, get_resolver

from tiles.rest.openapi import share_components

DOCUMENT = json.loads((Path(__file__).resolve().parents[2] / "docs" / "openapi.json").read_text())
METHODS = ("get", "put", "post", "delete", "patch")
OPERATIONS = [
    (f"{method} {path}", operation)
    for path, members in DOCUMENT["paths"].items()
    for method, operation in members.items()
    if path.startswith("/tiles/") and method in METHODS
]


def resolved(found: dict[str, Any]) -> dict[str, Any]:
    """Return the object itself, where a reference stands for it."""
    if "$ref" not in found:
        return found
    _, kind, name = found["$ref"].rsplit("/", 2)
    return DOCUMENT["components"][kind][name]


def routes(patterns: list[Any], prefix: str = "") -> list[str]:
    """Return the pattern of each route, but of those that only spell another one."""
    found = []
    for each in patterns:
        path = prefix + str(each.pattern)
        spells_another = (each.pattern.name or "").endswith("-plain")
        found += routes(each.url_patterns, path) if isinstance(each, URLResolver) else [path] * (not spells_another)
    return found


def test_every_route_of_tiles_is_in_the_document():
    found = [path for path in routes(get_resolver("geodata.urls").url_patterns) if path.startswith("tiles/")]
    assert len(found) > 60
    documented = {path for path in DOCUMENT["paths"] if path.startswith("/tiles/")}
    assert len(documented) == len(set(found))
    assert {f"/{re.sub('<[^>]*:', '{', path).replace('>', '}')}" for path in found if "^" not in path} <= documented


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_operation_has_typed_parameters_meanings_and_an_example(name, operation):
    del name
    parameters = [resolved(each) for each in operation.get("parameters", [])]
    for each in parameters:
        assert each["schema"].get("type"), each
        assert len(each["description"]) > 3, each
        assert each["examples"], each
    for status, answer in operation["responses"].items():
        assert len(resolved(answer)["description"]) > 3, status
    bodies = [*operation.get("requestBody", {}).get("content", {}).values()]
    bodies += [
        kind for answer in operation["responses"].values() for kind in resolved(answer).get("content", {}).values()
    ]
    assert operation["summary"] or operation["description"]
    assert parameters or any(body.get("examples") for body in bodies)


def test_whole_numbers_have_ranges_or_choices():
    found = {
        each["name"]: each["schema"].get("items", each["schema"])
        for _, operation in OPERATIONS
        for each in map(resolved, operation.get("parameters", []))
        if each["in"] == "query"
    }
    kinds = {name: schema for name, schema in found.items() if schema["type"] == "integer"}
    assert kinds
    assert not [name for name, schema in kinds.items() if not {"minimum", "enum"} & schema.keys()]


def test_share_components_keeps_what_is_said():
    one = {"name": "a", "in": "query", "schema": {"type": "string"}}
    other = one | {"schema": {"type": "integer"}}
    wrong = {"description": "Wrong."}
    get = {"parameters": [one, other], "responses": {"200": {"description": ""}, "400": dict(wrong)}, "summary": "A"}
    put = {"parameters": [dict(one), dict(other)], "responses": {"204": {}, "400": dict(wrong)}}
    alone = {"parameters": [one | {"name": "b"}], "responses": {"200": {"description": "All."}}}
    shared = share_components({"paths": {"/x": {"get": get, "put": put}, "/y": {"get": alone}}}, generator=None)
    assert shared["components"]["parameters"] == {"a": one, "a_2": other}
    assert shared["components"]["responses"] == {"error_400": wrong}
    assert (
        get["parameters"] == put["parameters"] == [{"$ref": f"#/components/parameters/{name}"} for name in ("a", "a_2")]
    )
    assert get["responses"] == {"200": {"description": "A"}, "400": {"$ref": "#/components/responses/error_400"}}
    assert put["responses"]["204"] == {"description": "No Content."}
    assert alone == {"parameters": [one | {"name": "b"}], "responses": {"200": {"description": "All."}}}
