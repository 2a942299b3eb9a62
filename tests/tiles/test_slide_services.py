"""DeepZoom, IIIF and associated images, over HTTP."""

import io
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from PIL import Image

from tests.tiles import urls
from tests.tiles.site import PathViewSet
from tests.tiles.slides import write_ome, write_pyramid

pytestmark = pytest.mark.urls("tests.tiles.site")


@pytest.fixture
def slide(tmp_path):
    """1000 x 700 pixels in JPEG tiles of 256."""
    urls.FILES["slide"] = write_pyramid(tmp_path / "slide.tif")
    yield "/paths/slide/"
    urls.FILES.clear()


def open_image(response) -> Image.Image:
    assert response.status_code == 200, response.content[:300]
    return Image.open(io.BytesIO(response.content))


def pixels(response) -> np.ndarray:
    return np.asarray(open_image(response).convert("RGB")).astype(int)


def test_deepzoom_descriptor_has_size(slide, client: Client):
    response = client.get(slide + "deepzoom.dzi")
    root = ET.fromstring(response.content)
    assert (root.attrib["TileSize"], root.attrib["Overlap"], root.attrib["Format"]) == ("256", "0", "jpg")
    assert root[0].attrib == {"Width": "1000", "Height": "700"}
    assert response["Access-Control-Allow-Origin"] == "*"


def test_deepzoom_tiles_cover_every_level(slide, client: Client):
    for level in range(11):
        width, height = -(-1000 // 2 ** (10 - level)), -(-700 // 2 ** (10 - level))
        columns, rows = -(-width // 256), -(-height // 256)
        last = open_image(client.get(f"{slide}deepzoom_files/{level}/{columns - 1}_{rows - 1}.png"))
        assert last.size == (width - 256 * (columns - 1), height - 256 * (rows - 1)), level
        assert client.get(f"{slide}deepzoom_files/{level}/{columns}_0.png").status_code == 404


def test_deepzoom_tile_is_the_files_own(slide, client: Client):
    tile = client.get(slide + "deepzoom_files/10/1_1.jpg")
    # The compressed picture follows the tables of its head.
    assert tile.content[-1000:] in Path(urls.FILES["slide"]).read_bytes()
    rendered = pixels(client.get(slide + "deepzoom_files/10/1_1.png"))
    assert np.abs(pixels(tile) - rendered).max() <= 2


def test_tilejson_names_the_format_that_lies_in_the_file(slide, client: Client):
    assert client.get(slide + "tilejson.json").json()["tiles"][0].endswith("{y}.jpg")
    assert client.get(slide + "tilejson.json?bidx=1").json()["tiles"][0].endswith("{y}.png?bidx=1")
    assert client.get(slide + "tilejson.json?tile_format=webp").json()["tiles"][0].endswith("{y}.webp")


@pytest.mark.parametrize(
    ("tail", "status", "code"),
    [
        ("deepzoom_files/11/0_0.jpg", 404, "outside_bounds"),
        ("deepzoom_files/10/4_0.jpg", 404, "outside_bounds"),
        ("deepzoom_files/10/0_0.gif", 400, "unsupported_format"),
        ("deepzoom_files/10/0_0.jpg?frame=3", 400, "invalid_parameter"),
        ("deepzoom.dzi?tile_format=exe", 400, "unsupported_format"),
    ],
)
def test_deepzoom_of_what_there_is_not_is_json(slide, client: Client, tail, status, code):
    response = client.get(slide + tail)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_iiif_information_is_complete(slide, client: Client):
    response = client.get(slide + "iiif/info.json", headers={"accept": "application/ld+json"})
    document = response.json()
    assert document["@context"] == "http://iiif.io/api/image/3/context.json"
    assert document["id"] == "http://testserver/paths/slide/iiif"
    assert (document["type"], document["protocol"]) == ("ImageService3", "http://iiif.io/api/image")
    assert (document["profile"], document["width"], document["height"]) == ("level2", 1000, 700)
    assert document["tiles"] == [{"width": 256, "scaleFactors": [1, 2, 4]}]
    assert response["Content-Type"].startswith("application/ld+json")
    assert client.get(slide + "iiif/info.json")["Content-Type"] == "application/json"
    assert response["Access-Control-Allow-Origin"] == "*"


def test_iiif_base_redirects_to_information(slide, client: Client):
    response = client.get(slide + "iiif")
    assert (response.status_code, response["Location"]) == (303, "http://testserver/paths/slide/iiif/info.json")


@pytest.mark.parametrize(
    ("words", "size"),
    [
        ("full/max/0/default.jpg", (1000, 700)),
        ("square/max/0/default.jpg", (700, 700)),
        ("100,50,300,200/max/0/default.jpg", (300, 200)),
        ("900,600,300,200/max/0/default.jpg", (100, 100)),
        ("pct:10,10,50,50/max/0/default.jpg", (500, 350)),
        ("pct:41.6,7.5,40,70/max/0/default.jpg", (400, 490)),
        ("full/500,/0/default.jpg", (500, 350)),
        ("full/,350/0/default.jpg", (500, 350)),
        ("full/pct:25/0/default.jpg", (250, 175)),
        ("full/300,100/0/default.jpg", (300, 100)),
        ("full/!300,300/0/default.jpg", (300, 210)),
        ("full/!9999,9999/0/default.jpg", (1000, 700)),
        ("0,0,100,100/^200,/0/default.jpg", (200, 200)),
        ("0,0,100,100/^max/0/default.jpg", (2048, 2048)),
        ("0,0,100,50/^!300,300/0/default.jpg", (300, 150)),
        ("0,0,100,100/^pct:150/0/default.jpg", (150, 150)),
        ("full/500,/90/default.jpg", (350, 500)),
        ("full/500,/180/default.png", (500, 350)),
        ("full/500,/270/default.webp", (350, 500)),
        ("full/500,/!0/color.jpg", (500, 350)),
        ("full/10,1/0/default.png", (10, 1)),
    ],
)
def test_iiif_picture_has_the_size_asked_for(slide, client: Client, words, size):
    assert open_image(client.get(f"{slide}iiif/{words}")).size == size


def test_iiif_region_shows_its_pixels(slide, client: Client):
    """The picture's red is its column, its green its row."""
    found = pixels(client.get(slide + "iiif/100,50,60,40/max/0/default.png"))
    assert np.abs(found[:, :, 0] - np.arange(100, 160)).mean() < 6
    assert np.abs(found[:, :, 1] - np.arange(50, 90)[:, None]).mean() < 6


def test_iiif_rotation_is_clockwise_after_mirroring(slide, client: Client):
    plain = pixels(client.get(slide + "iiif/0,0,200,100/max/0/default.png"))
    for words, expected in {
        "90": np.rot90(plain, -1),
        "180": np.rot90(plain, 2),
        "270": np.rot90(plain),
        "!0": plain[:, ::-1],
        "!90": np.rot90(plain[:, ::-1], -1),
    }.items():
        assert (pixels(client.get(f"{slide}iiif/0,0,200,100/max/{words}/default.png")) == expected).all(), words


def test_iiif_qualities_are_what_they_say(slide, client: Client):
    assert open_image(client.get(slide + "iiif/full/100,/0/gray.png")).mode == "L"
    bitonal = np.asarray(open_image(client.get(slide + "iiif/full/100,/0/bitonal.png")))
    assert set(np.unique(bitonal)) == {0, 255}


def test_iiif_tile_is_the_files_own(slide, client: Client):
    tile = client.get(slide + "iiif/256,256,256,256/256,256/0/default.jpg")
    assert tile.content == client.get(slide + "deepzoom_files/10/1_1.jpg").content


@pytest.mark.parametrize(
    "words",
    [
        "1000,0,10,10/max/0/default.jpg",
        "0,0,0,10/max/0/default.jpg",
        "0,0,10/max/0/default.jpg",
        "-1,0,10,10/max/0/default.jpg",
        "0.5,0,10,10/max/0/default.jpg",
        "pct:100,0,10,10/max/0/default.jpg",
        "pct:nan,0,10,10/max/0/default.jpg",
        "middle/max/0/default.jpg",
        "full/full/0/default.jpg",
        "full/0,/0/default.jpg",
        "full/,/0/default.jpg",
        "full/!5,/0/default.jpg",
        "full/1001,/0/default.jpg",
        "full/^5000,/0/default.jpg",
        "full/pct:101/0/default.jpg",
        "full/pct:0/0/default.jpg",
        "full/x/0/default.jpg",
        "full/max/45/default.jpg",
        "full/max/-90/default.jpg",
        "full/max/361/default.jpg",
        "full/max/x/default.jpg",
        "full/max/0/sepia.jpg",
        "full/max/0/default.tif",
        "full/max/0/default.exe",
        "full/max/0/default.jpg?band=9",
    ],
)
def test_iiif_request_that_makes_no_sense_is_400(slide, client: Client, words):
    response = client.get(f"{slide}iiif/{words}")
    assert response.status_code == 400, response.content[:200]
    assert response.json()["code"] in {"invalid_parameter", "unsupported_format"}


@pytest.mark.parametrize("words", ["full/max/0", "full/max/0/default", "full/max/default.jpg", "a/b/c/d/e.jpg"])
def test_iiif_path_of_another_form_is_404(slide, client: Client, words):
    assert client.get(f"{slide}iiif/{words}").status_code == 404


def test_iiif_of_geospatial_raster_is_its_pixels(make, client: Client):
    urls.FILES["scene"] = Path(make().location)
    assert open_image(client.get("/paths/scene/iiif/0,0,256,256/128,/0/default.jpg")).size == (128, 128)
    assert client.get("/paths/scene/deepzoom.dzi").status_code == 200


def test_iiif_shows_the_plane_asked_for(tmp_path, client: Client):
    urls.FILES["planes"] = write_ome(tmp_path / "planes.ome.tif", z=3)
    found = [pixels(client.get(f"/paths/planes/iiif/full/max/0/default.png?z={z}"))[0, 0, 0] for z in range(3)]
    assert found == [10, 20, 30]


def test_associated_images_of_a_slide(data_file, client: Client, monkeypatch):
    urls.FILES["svs"] = data_file("medical/CMU-1-Small-Region.svs")
    assert client.get("/paths/svs/associated").json() == {"associated": ["label", "macro", "thumbnail"]}
    label = client.get("/paths/svs/associated/label.png")
    assert open_image(label).size == (387, 463)
    assert label["Cache-Control"] == "private, no-store"
    missing = client.get("/paths/svs/associated/nothing.png")
    assert (missing.status_code, missing.json()["code"]) == (404, "outside_bounds")

    def refuse(*_: object) -> None:
        raise PermissionDenied

    monkeypatch.setattr(PathViewSet, "check_associated", refuse)
    assert client.get("/paths/svs/associated").status_code == 403
    assert client.get("/paths/svs/associated/label.png").status_code == 403
    assert client.get("/paths/svs/tiles/0/0/0.jpg").status_code == 200
