"""Routes, conditional answers and errors, over HTTP."""

import io

import numpy as np
import pytest
from django.test import Client
from PIL import Image

pytestmark = pytest.mark.urls("tests.tiles.urls")
INSIDE = "tiles/13/2337/3107.png"


def open_image(response) -> Image.Image:
    assert response.status_code == 200, response.content[:300]
    return Image.open(io.BytesIO(response.content))


def test_tile_inside_shows_pixels(make, publish, client: Client):
    response = client.get(publish(make()) + INSIDE)
    image = open_image(response)
    assert response["Content-Type"] == "image/png"
    assert image.size == (256, 256)
    assert np.asarray(image).std() > 1


@pytest.mark.parametrize(("extension", "kind"), [("png", "PNG"), ("jpg", "JPEG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
def test_tile_format_is_the_paths(make, publish, client: Client, extension, kind):
    response = client.get(publish(make()) + INSIDE.replace("png", extension), headers={"accept": "image/avif,*/*;q=0"})
    assert open_image(response).format == kind


def test_tile_with_etag_is_not_modified(make, publish, client: Client):
    path = publish(make()) + INSIDE
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again["ETag"] == first["ETag"]
    assert "max-age" in first["Cache-Control"]


def test_tile_etag_depends_on_style_not_on_spelling(make, publish, client: Client):
    path = publish(make()) + INSIDE
    etags = [
        client.get(f"{path}?{query}")["ETag"] for query in ("bidx=1", "band=1", "bidx=2", "bidx=1&resampling=near")
    ]
    assert etags[0] == etags[1]
    assert len(set(etags)) == 3


@pytest.mark.parametrize(
    ("tail", "status", "code"),
    [
        ("tiles/12/0/0.png", 404, "outside_bounds"),
        ("tiles/31/0/0.png", 404, "outside_bounds"),
        ("tiles/-1/0/0.png", 404, "outside_bounds"),
        ("tiles/12/99999999999/1553.png", 404, "outside_bounds"),
        (INSIDE.replace("png", "bmp"), 400, "unsupported_format"),
        (INSIDE + "?bidx=9", 400, "invalid_parameter"),
        (INSIDE + "?bidx=x", 400, "invalid_parameter"),
        (INSIDE + "?bidx=1,2", 400, "invalid_parameter"),
        (INSIDE + "?rescale=5", 400, "invalid_parameter"),
        (INSIDE + "?rescale=9,1", 400, "invalid_parameter"),
        (INSIDE + "?rescale=nan,1", 400, "invalid_parameter"),
        (INSIDE + "?min=4&max=2", 400, "invalid_parameter"),
        (INSIDE + "?colormap_name=nothing", 400, "invalid_parameter"),
        (INSIDE + "?resampling=magic", 400, "invalid_parameter"),
        (INSIDE + "?return_mask=perhaps", 400, "invalid_parameter"),
        (INSIDE + "?nodata=x", 400, "invalid_parameter"),
        (INSIDE + "?tilesize=77", 400, "invalid_parameter"),
        (INSIDE + "?buffer=-1", 400, "invalid_parameter"),
        ("tiles/NoSuchGrid/0/0/0.png", 404, "not_found"),
        ("data/thumbnail.png?max_size=0", 400, "invalid_parameter"),
        ("data/pixel?left=5", 400, "invalid_parameter"),
        ("data/pixel?left=5&top=99999", 404, "outside_bounds"),
        ("data/point/0,0", 404, "outside_bounds"),
    ],
)
def test_bad_request_is_json_with_code(make, publish, client: Client, tail, status, code):
    response = client.get(publish(make()) + tail)
    assert response.status_code == status
    assert response["Content-Type"] == "application/json"
    assert response.json()["code"] == code
    assert response.json()["description"]


def test_unknown_image_is_json_404(client: Client):
    response = client.get("/files/nothing/" + INSIDE)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_tile_in_extent_without_pixels_is_204(make, publish, client: Client):
    path = publish(make(nodata="mask"))
    response = client.get(path + "tiles/16/18708/24871.png")
    assert (response.status_code, response.content) == (204, b"")


def test_tilejson_names_tiles_that_exist(make, publish, client: Client):
    path = publish(make())
    document = client.get(path + "tilejson.json?bidx=2&colormap_name=viridis&tile_format=png").json()
    west, south, east, north = document["bounds"]
    assert document["tilejson"] == "3.0.0"
    assert document["projection"] == "EPSG:3857"
    assert west < document["center"][0] < east
    assert south < document["center"][1] < north
    assert document["minzoom"] < document["maxzoom"]
    url = document["tiles"][0].replace("{z}", "13").replace("{x}", "2337").replace("{y}", "3107")
    assert url.startswith("http://testserver/files/")
    assert "colormap_name=viridis" in url
    assert open_image(client.get(url)).mode == "P"


def test_tilejson_takes_zooms_and_sizes_as_titiler_has_them(make, publish, client: Client):
    path = publish(make()) + "tilejson.json"
    document = client.get(path + "?minzoom=3&maxzoom=9&tilesize=512&buffer=2&reproject=cubic").json()
    assert (document["minzoom"], document["maxzoom"], document["tilesize"]) == (3, 9, 512)
    assert document["center"][2] == 9
    assert document["tiles"][0].endswith(".webp?reproject=cubic&tilesize=512&buffer=2")
    tile = client.get(document["tiles"][0].format(z=8, x=73, y=97))
    assert Image.open(io.BytesIO(tile.content)).size == (516, 516)
    for wrong in ("minzoom=9&maxzoom=3", "minzoom=-1", "maxzoom=99", "tilesize=100", "buffer=x"):
        refused = client.get(f"{path}?{wrong}")
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid_parameter"), wrong


def test_tilejson_of_picture_is_pixel_space(make, publish, client: Client):
    path = publish(make(epsg=0, bands=1, dtype="uint16"))
    document = client.get(path + "tilejson.json").json()
    assert document["projection"] == "pixels"
    assert (document["width"], document["height"], document["tilesize"]) == (512, 512, 256)
    assert (document["minzoom"], document["maxzoom"]) == (0, 1)
    assert "bounds" not in document
    assert open_image(client.get(path + "tiles/0/0/0.png")).size == (256, 256)
    assert client.get(path + "tiles/1/2/0.png").status_code == 404


def test_scaled_tiles_have_more_pixels(make, publish, client: Client):
    path = publish(make())
    assert open_image(client.get(path + "tiles/13/2337/3107@2x.png")).size == (512, 512)
    assert open_image(client.get(path + INSIDE + "?tilesize=512")).size == (512, 512)
    assert open_image(client.get(path + INSIDE + "?buffer=3")).size == (262, 262)


def test_info_describes_image(make, publish, client: Client):
    path = publish(make(dtype="uint16", nodata="value"))
    assert {"tilejson", "metadata"} <= {link["rel"] for link in client.get(path).json()["links"]}
    metadata = client.get(path + "info/metadata").json()
    assert (metadata["width"], metadata["crs"], metadata["count"]) == (512, "EPSG:32618", 3)
    assert [band["nodata"] for band in client.get(path + "info/bands").json()] == [0, 0, 0]
    statistics = client.get(path + "info/statistics?bidx=2").json()["b2"]
    assert statistics["min"] < statistics["percentile_2"] < statistics["percentile_98"] < statistics["max"]


def test_values_are_the_files(make, publish, client: Client):
    path = publish(make(dtype="uint16", nodata="value"))
    assert client.get(path + "data/pixel?left=0&top=0").json()["values"] == [2000, 2000, 2000]
    assert client.get(path + "data/pixel?left=500&top=500").json()["values"] == [None, None, None]
    values = client.get(path + "data/point/-77.2757,39.7838").json()["values"]
    assert all(2000 < value < 20000 for value in values)


def test_thumbnail_keeps_aspect(make, publish, client: Client):
    image = open_image(client.get(publish(make()) + "data/thumbnail.webp?max_size=128"))
    assert image.size == (128, 128)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(None, 404, "source_not_found"), (b"not an image", 502, "source_unreadable")],
)
def test_file_changed_after_ingest_is_an_error_with_code(
    make, publish, client: Client, tmp_path, content, status, code
):
    ref = make()
    path = publish(ref)
    file = next(f for f in tmp_path.iterdir() if str(f) == ref.location)
    file.unlink() if content is None else file.write_bytes(content)
    response = client.get(path + INSIDE)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_expression_is_computed_from_raw_values(make, publish, client: Client):
    recipe = {"dtype": "uint16", "bands": 4, "nodata": "value"}
    path = publish(make(**recipe))
    query = "?expression=(b4-b1)/(b4%2Bb1)&rescale=-1,1"
    shown = np.asarray(open_image(client.get(path + INSIDE + query)).convert("LA"))
    bands = [
        np.asarray(open_image(client.get(f"{path}{INSIDE}?bidx={n}&rescale=0,25500")).convert("LA")) for n in (1, 4)
    ]
    red, infrared = (band[:, :, 0].astype(float) for band in bands)
    wanted = ((infrared - red) / (infrared + red) + 1) / 2 * 255
    opaque = shown[:, :, 1] > 0
    assert opaque.any()
    assert (opaque == (bands[0][:, :, 1] > 0)).all()
    assert np.abs(shown[:, :, 0][opaque] - wanted[opaque]).max() <= 3


def test_assets_make_one_picture_of_several_files(make, publish, client: Client):
    names = [publish(make(dtype="uint16", bands=1, nodata="value")).split("/")[-2] for _ in range(3)]
    path = f"/files/{names[0]}/{INSIDE}?assets={','.join(names)}"
    image = np.asarray(open_image(client.get(path + "&rescale=0,25500")).convert("RGBA"))
    single = np.asarray(open_image(client.get(f"/files/{names[0]}/{INSIDE}?rescale=0,25500")).convert("RGBA"))
    assert np.abs(image.astype(int) - single).max() <= 1
    ratio = open_image(client.get(path + "&expression=b1/b3&rescale=0,2")).convert("LA")
    assert set(np.unique(np.asarray(ratio)[:, :, 0][np.asarray(ratio)[:, :, 1] > 0])) <= {127, 128}
    for tail in ("&expression=b4/b1", "&bidx=1,2", "&bidx=7"):
        response = client.get(path + tail)
        assert (response.status_code, response.json()["code"]) == (400, "invalid_parameter")
    assert client.get(f"/files/{names[0]}/{INSIDE}?assets=nothing").status_code == 404


@pytest.mark.parametrize("tail", ["expression=b1;;", "expression=b9", "expression=open(b1)"])
def test_bad_expression_is_400(make, publish, client: Client, tail):
    response = client.get(f"{publish(make())}{INSIDE}?{tail}")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_parameter")


def test_expression_without_range_is_stretched(make, publish, client: Client):
    image = open_image(client.get(f"{publish(make(dtype='uint16'))}{INSIDE}?expression=b1/b2&colormap_name=rdylgn"))
    assert np.asarray(image.convert("RGB")).std() > 10
