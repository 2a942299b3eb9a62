"""What a request names and an image doesn't have, and names given twice: refused at once, by name."""

import pytest
from django.test import Client

from tests.tiles import urls
from tests.tiles.slides import write_pyramid

pytestmark = pytest.mark.urls("tests.tiles.urls")
INSIDE = "tiles/13/2337/3107.png"


def refused(client: Client, path: str) -> str:
    """Return the sentence of a 400."""
    answer = client.get(path)
    assert answer.status_code == 400, (path, answer.status_code)
    return str(answer.json()["description"])


@pytest.mark.parametrize("query", ["bidx=9", "expression=b9", 'style={"band":9}'])
@pytest.mark.parametrize("route", [INSIDE, "tilejson.json", "WMTSCapabilities.xml"])
def test_band_that_there_is_not_is_refused_by_documents_as_by_tiles(make, publish, client: Client, route, query):
    sentence = refused(client, f"{publish(make(bands=3))}{route}?{query}")
    assert sentence == "Band 9 of bidx, expression or style doesn't exist: the image has bands 1-3"


@pytest.mark.parametrize("route", ["data/region.tif?left=0&top=0&right=9&bottom=9&units=pixels&", "data/statistics?"])
def test_band_that_there_is_not_is_refused_by_data(make, publish, client: Client, route):
    sentence = refused(client, f"{publish(make(bands=1))}{route}bidx=2")
    assert sentence == "Band 2 of bidx, expression or style doesn't exist: the image has band 1 only"


@pytest.mark.parametrize("route", [INSIDE, "tilejson.json", "WMTSCapabilities.xml"])
def test_asset_that_is_not_named_is_refused_by_documents_as_by_tiles(make, publish, client: Client, route):
    names = [publish(make()).split("/")[2] for _ in range(2)]
    sentence = refused(client, f"/files/{names[0]}/{route}?assets={','.join(names)}&expression=b1/b3")
    assert sentence == "b3 of bidx, expression or style doesn't exist: assets names 2"


@pytest.mark.parametrize("route", ["tilejson.json", "tiles/0/0/0.png"])
def test_plane_that_there_is_not_is_refused_by_documents_as_by_tiles(client: Client, tmp_path, route):
    urls.FILES["slide"] = write_pyramid(tmp_path / "slide.tif", width=600, height=400)
    try:
        assert refused(client, f"/files/slide/{route}?frame=4") == "frame must be within 0-0, not 4"
        assert client.get(f"/files/slide/{route}?frame=0").status_code == 200
    finally:
        urls.FILES.clear()


@pytest.mark.parametrize(
    "route",
    ["tiles/WebMercatorQuad/0/0/0.png", "tiles/0/0/0.png?tileMatrixSetId=WebMercatorQuad",
     "tilejson.json?tileMatrixSetId=WebMercatorQuad", "tiles/WebMercatorQuad/tilejson.json"],
)  # fmt: skip
def test_map_tiles_of_what_has_no_place_are_refused(client: Client, tmp_path, route):
    urls.FILES["slide"] = write_pyramid(tmp_path / "slide.tif", width=600, height=400)
    try:
        # What is shown where nothing is named is pixel space, also when it was asked for before.
        assert client.get("/files/slide/tiles/0/0/0.png").status_code == 200
        assert "no place on Earth" in refused(client, f"/files/slide/{route}")
    finally:
        urls.FILES.clear()


def test_image_information_of_several_assets_is_refused(make, publish, client: Client):
    names = [publish(make()).split("/")[2] for _ in range(2)]
    sentence = refused(client, f"/files/{names[0]}/info/bands?assets={','.join(names)}")
    assert sentence == "assets names 2; this is of one image, so name one"
    assert client.get(f"/files/{names[0]}/info/metadata?assets={names[1]}").status_code == 200


@pytest.mark.parametrize(
    ("route", "name"),
    [
        (f"{INSIDE}?tilesize=256&tilesize=512", "tilesize"),
        (f"{INSIDE}?buffer=1&buffer=2", "buffer"),
        (f"{INSIDE}?tileMatrixSetId=WebMercatorQuad&tileMatrixSetId=pixels", "tileMatrixSetId"),
        ("tilejson.json?tile_format=png&tile_format=jpg", "tile_format"),
        ("info/bands?subdataset=a&subdataset=b", "subdataset"),
    ],
)
def test_parameter_given_twice_is_refused(make, publish, client: Client, route, name):
    assert refused(client, publish(make()) + route) == f"{name} is given 2 times"


def test_band_zero_is_django_large_images_alone(make, publish, client: Client):
    path = publish(make(bands=3)) + INSIDE
    assert client.get(f"{path}?band=0")["ETag"] == client.get(path)["ETag"]
    assert refused(client, f"{path}?bidx=0") == "bidx must be band numbers from 1, not '0'"


def test_one_end_alone_leaves_the_other_automatic(make, publish, client: Client):
    path = publish(make(bands=1)) + INSIDE
    assert client.get(f"{path}?min=40")["ETag"] == client.get(f"{path}?min=40&max=auto")["ETag"]
    assert client.get(f"{path}?max=90")["ETag"] == client.get(f"{path}?min=auto&max=90")["ETag"]
    assert (
        refused(client, f"{path}?min=9&max=4") == "min and max must go from a lower to a higher value, not from 9 to 4"
    )


def test_system_is_named_as_it_was_given(make, publish, client: Client):
    sentence = refused(client, publish(make()) + "data/region.png?bbox=0,0,1,1&coord_crs=x")
    assert sentence.startswith("coord_crs must be")


def test_empty_tile_has_no_type(make, publish, client: Client):
    answer = client.get(publish(make()) + INSIDE + "?expression=b1/0")
    assert answer.status_code == 204
    assert "Content-Type" not in answer
