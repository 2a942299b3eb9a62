"""Whatever a single image's routes take, a mosaic's take too, or say by name that they don't: nothing is ignored."""

from collections import ChainMap
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest
from django.test import Client

from tests.catalog.factories import CollectionFactory
from tests.catalog.test_mosaics import ZXY, _register, _shades, add_scene  # noqa: F401  A fixture.
from tiles.styling.style import SINGLE_IMAGE

DOCUMENT = orjson.loads((Path(__file__).parents[2] / "docs/openapi.json").read_bytes())
LAYER, IMAGE = "/tiles/searches/{search_id}/", "/tiles/{collection_id}/{item_id}/"
# Where the scene is.
Z, X, Y = ZXY.split("/")
PLACE = {
    "z": Z, "x": X, "y": Y, "tile_matrix_set": "WebMercatorQuad", "image_format": "png", "longitude": "15.03",
    "latitude": "45.12",
}  # fmt: skip
BOX = {"bbox": "15.02,45.12,15.03,45.13"}
# What routes can't be asked without, and what parameters mean nothing without.
NEEDED = {
    "data/region.{image_format}": BOX,
    "data/profile": {"line": "15.02,45.12,15.03,45.13"},
    "data/pixel": {"left": "10", "top": "10"},
}
COMPANIONS = {
    "bbox_crs": BOX,
    "units": {"bbox": "", "left": "15.02", "bottom": "45.12", "right": "15.03", "top": "45.13"},
}
# Of a key that no item has there is nothing to show. Lists of the native API's kind begin anew at a strange cursor, and
# tell of each item by itself which variable it lacks; the list of tilesets opens none.
FREE = {"assets"}
FREE_THERE = {
    "info/frames": {"cursor", "subdataset"},
    "info/metadata_internal": {"cursor", "subdataset"},
    "tiles": {"subdataset"},
}


def _parameters(operation):
    found = [
        DOCUMENT["components"]["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for each in operation.get("parameters", ())
    ]
    return {each["name"] for each in found if each["in"] == "query"}


def _operations():
    """(path below a layer, method, names) of all of its routes, and the names that single images take there."""
    for path, operations in DOCUMENT["paths"].items():
        tail = path.removeprefix(LAYER)
        if tail and tail != path:
            for method in operations.keys() & {"get", "post"}:
                single = DOCUMENT["paths"].get(IMAGE + tail, {}).get(method, {})
                yield tail, method, _parameters(operations[method]), _parameters(single)


OPERATIONS = list(_operations())
TAKEN = [(tail, name) for tail, method, names, _ in OPERATIONS if method == "get" for name in sorted(names)]


@pytest.fixture
def layer(collection, add_scene):  # noqa: F811
    add_scene(collection, "one", shade=90)
    return _register({"collections": ["scenes"]})


def _ask(layer, tail, **query):
    companions = [COMPANIONS.get(name, {}) for name in query]
    given = dict(ChainMap(query, *companions, NEEDED.get(tail, {})))
    text = "&".join(f"{name}={quote(value)}" for name, value in given.items())
    return Client().get(f"/tiles/searches/{layer}/{tail.format_map(PLACE)}?{text}")


def test_all_routes_of_a_layer_are_looked_at():
    assert len({tail for tail, *_ in OPERATIONS}) > 20
    assert len(TAKEN) > 200


def test_what_images_take_mosaics_take_or_refuse(layer):
    missing = {(tail, name) for tail, _, names, single in OPERATIONS for name in single - names}
    assert {name for _, name in missing} <= set(SINGLE_IMAGE)
    for tail, method, _, single in OPERATIONS:
        for name in sorted(name for name in single if (tail, name) in missing and method == "get"):
            answer = _ask(layer, tail, **{name: "1"})
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter"), (tail, name)
            assert answer.json()["description"].startswith(f"{name} is of single images")


@pytest.mark.parametrize("tail", sorted({tail for tail, _ in TAKEN}))
def test_nothing_that_is_documented_is_ignored(layer, tail):
    """Of each parameter a text that it can't take is refused."""
    assert _ask(layer, tail).status_code in (200, 204)
    ignored = []
    free = FREE | FREE_THERE.get(tail, set())
    for name in sorted(name for each, name in TAKEN if each == tail and name not in free):
        answer = _ask(layer, tail, **{name: "~"})
        told = answer.json()["description"] if answer.status_code == 400 else ""
        # By its name, or as a color map, a format or a grid that there isn't.
        if name not in told and "'~'" not in told:
            ignored.append((name, answer.status_code, answer.content[:120]))
    assert not ignored


@pytest.fixture
def rendered(api, layer):
    renders = {"light": {"title": "Light", "assets": ["data"], "bidx": [1], "rescale": [[0, 180]]}}
    assert api.patch("/stac/collections/scenes", {"renders": renders}, format="json").status_code == 204
    return layer


def test_render_of_a_layer_is_that_of_its_parameters(rendered):
    tile, base = f"tiles/{ZXY}.png", f"/tiles/searches/{rendered}/"
    named, plain = Client().get(f"{base}{tile}?render=light"), Client().get(f"{base}{tile}?bidx=1&rescale=0,180")
    assert (_shades(named), named["ETag"]) == ([128], plain["ETag"])
    assert _shades(Client().get(f"{base}{tile}?render=light&rescale=0,90")) == [255]
    link = Client().get(f"{base}tilejson.json?render=light").json()["tiles"][0]
    assert link.partition("?")[2] == "bidx=1&rescale=0%2C180&assets=data"
    picture = Client().get(f"{base}data/region.npy?render=light&bbox={BOX['bbox']}")
    assert picture.content == Client().get(f"{base}data/region.npy?rescale=0,180&bbox={BOX['bbox']}").content
    unknown = Client().get(f"{base}{tile}?render=dark")
    assert (unknown.status_code, unknown.json()["description"]) == (400, "render: must be one of light, not 'dark'.")


@pytest.mark.parametrize("body", [{}, {"collections": ["scenes", "others"]}, {"collections": ["secret"]}])
def test_render_of_a_layer_that_is_not_of_one_collection_is_refused(rendered, body):
    """Likewise of one that its reader doesn't see: what a search asks for isn't told to everybody."""
    del rendered
    CollectionFactory(id="secret", visibility="private")
    answer = Client().get(f"/tiles/searches/{_register(body)}/tiles/{ZXY}.png?render=light")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert "secret" not in answer.json()["description"]


def test_tilejson_has_the_zooms_and_sizes_that_are_asked_for(layer):
    document = Client().get(f"/tiles/searches/{layer}/tilejson.json?minzoom=3&maxzoom=9&tilesize=512&buffer=4").json()
    assert (document["minzoom"], document["maxzoom"], document["tilesize"]) == (3, 9, 512)
    assert document["tiles"][0].endswith("?tilesize=512&buffer=4")
    assert 3 <= document["center"][2] <= 9


@pytest.mark.parametrize("name", ["frame", "c"])
def test_register_with_what_is_of_single_images_is_refused(db, name):
    del db
    body = {"metadata": {"rendering": {name: "1"}}}
    answer = Client().post("/tiles/searches/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert name in answer.json()["description"]
