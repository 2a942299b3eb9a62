"""django-large-image's routes, names, parameters and answers."""

import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests.tiles import urls
from tests.tiles.site import FieldViewSet
from tiles.encoding.pillow import media_types

pytestmark = pytest.mark.urls("tests.tiles.site")


@pytest.fixture
def show(make, client: Client):
    """Ask for a raster's route: ``show("data/pixel?left=1&top=2", bands=3)``."""
    urls.FILES.clear()
    made: dict[str, str] = {}

    def ask(tail: str, **recipe: object):
        key = json.dumps(recipe, sort_keys=True)
        if key not in made:
            made[key] = str(len(made))
            urls.FILES[made[key]] = Path(make(**recipe).location)
        return client.get(f"/paths/{made[key]}/{tail}")

    yield ask
    urls.FILES.clear()


def open_image(response) -> Image.Image:
    assert response.status_code == 200, response.content[:300]
    return Image.open(io.BytesIO(response.content))


def test_metadata_names_what_large_image_names(show):
    found = show("info/metadata", dtype="uint16").json()
    assert (found["sizeX"], found["sizeY"], found["tileWidth"], found["levels"]) == (512, 512, 256, 2)
    assert (found["dtype"], found["bandCount"], found["geospatial"], found["frames"]) == ("uint16", 3, True, False)
    assert found["bounds"]["srs"] == "EPSG:4326"
    assert set(found["bands"]) == {"1", "2", "3"}


def test_metadata_of_projection_counts_the_world(show):
    found = show("info/metadata?projection=EPSG:3857").json()
    assert found["sizeX"] == found["sizeY"] == 256 * 2 ** (found["levels"] - 1)
    assert found["projection"] == "EPSG:3857"


def test_tiles_metadata_nests_metadata(show):
    found = show("tiles/metadata").json()
    assert (found["size_x"], found["tile_size"], found["geospatial"]) == (512, 256, True)
    assert found["additional_metadata"]["sizeX"] == 512


def test_corners_are_the_projections(show):
    half = 20037508.342789244
    assert show("tiles/1/0/0/corners?projection=EPSG:3857").json() == {
        "xmin": -half, "xmax": 0, "ymin": 0, "ymax": half
    }  # fmt: skip
    assert show("tiles/0/0/0/corners?projection=EPSG:4326").json() == {
        "xmin": -180, "xmax": 180, "ymin": -180, "ymax": 180
    }  # fmt: skip


def test_tile_without_projection_is_pixel_space(show):
    assert open_image(show("tiles/1/1/0.png")).size == (256, 256)
    assert show("tiles/1/2/0.png").json()["code"] == "outside_bounds"


def test_tile_beside_the_image_is_transparent(show):
    assert np.asarray(open_image(show("tiles/1/1/1.png?projection=EPSG:3857")).convert("RGBA"))[:, :, 3].max() == 0


def test_tile_of_geographic_projection_shows_image(show):
    west = show("info/metadata").json()["bounds"]["xmin"]
    column, row = int((west + 180.001) / 360 * 2**8), int((180 - 39.9) / 360 * 2**8)
    found = [open_image(show(f"tiles/8/{column}/{row + d}.png?projection=EPSG:4326")) for d in (-1, 0, 1)]
    assert max(np.asarray(image.convert("RGBA"))[:, :, 3].max() for image in found) == 255


@pytest.mark.parametrize("name", sorted(media_types()))
def test_every_format_of_large_image_is_written(show, name):
    response = show(f"data/thumbnail.{name}?max_width=64")
    assert response["Content-Type"] == media_types()[name]
    assert open_image(response).size == (64, 64)


def test_thumbnail_fits_both_sides(show):
    assert open_image(show("data/thumbnail.png?max_width=100")).size == (100, 100)
    assert open_image(show("data/thumbnail.png?max_height=50")).size == (50, 50)
    assert max(open_image(show("data/thumbnail.png?projection=EPSG:3857")).size) == 256


def test_pixel_gives_raw_values_and_shown_color(show):
    found = show("data/pixel?left=100&top=50", dtype="uint16").json()
    assert set(found["bands"]) == {"1", "2", "3"}
    assert found["value"] == [found[name] for name in "rgba"]
    assert show("data/pixel?left=100000&top=50", dtype="uint16").json() == {}


def test_histogram_is_of_raw_values(show):
    found = show("data/histogram?bins=4", dtype="uint16").json()
    extent = show("data/histogram?onlyMinMax=true", dtype="uint16").json()
    assert [band["max"] for band in found] == extent["max"]
    assert max(extent["max"]) > 255
    assert sum(found[0]["hist"]) == found[0]["samples"] == 512 * 512
    assert len(found[0]["bin_edges"]) == 5
    assert sum(show("data/histogram?density=true").json()[0]["hist"]) == pytest.approx(1)


def test_region_in_pixels_is_raw_and_leaves_no_file(show, tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))  # GDAL's.
    response = show("data/region.tif?left=10&right=30&top=5&bottom=15&units=pixels", dtype="uint16", bands=1)
    image = open_image(response)
    assert (image.size, image.mode) == ((20, 10), "I;16")
    assert not list(folder.iterdir())


def test_region_in_degrees_is_geospatial(show):
    bounds = show("info/metadata").json()["bounds"]
    middle = (bounds["xmin"] + bounds["xmax"]) / 2, (bounds["ymin"] + bounds["ymax"]) / 2
    query = f"left={middle[0] - 0.01}&right={middle[0] + 0.01}&bottom={middle[1] - 0.01}&top={middle[1] + 0.01}"
    assert show(f"data/region.tif?{query}")["Content-Type"] == "image/tiff"
    assert open_image(show(f"data/region.png?{query}&projection=EPSG:3857")).size[0] > 10


@pytest.mark.parametrize(
    ("tail", "status", "code"),
    [
        ("tiles/0/0/0.png?band=9", 400, "invalid_parameter"),
        ("tiles/0/0/0.png?band=x", 400, "invalid_parameter"),
        ("tiles/0/0/0.png?projection=EPSG:99", 400, "invalid_parameter"),
        ("tiles/0/0/0.png?projection=EPSG:3031", 400, "invalid_parameter"),
        ("tiles/0/0/0.png?projection=http://127.0.0.1/", 400, "invalid_parameter"),
        ("tiles/0/0/0.nothing", 400, "unsupported_format"),
        ("tiles/100/0/0.png", 404, "outside_bounds"),
        ("info/metadata?source=foo", 400, "invalid_parameter"),
        ("info/band?band=7", 400, "invalid_parameter"),
        ("info/tiffdump/", 404, "not_found"),
        ("data/pixel?left=1", 400, "invalid_parameter"),
        ("data/histogram?bins=0", 400, "invalid_parameter"),
        ("data/thumbnail.png?max_width=99999", 400, "invalid_parameter"),
        ("data/region.tif?left=1&right=2&top=1&bottom=x&units=pixels", 400, "invalid_parameter"),
        ("data/region.tif?left=1e6&right=2e6&top=1e6&bottom=2e6&units=pixels", 404, "outside_bounds"),
        ("data/region.tif?left=1&right=2&top=1&bottom=2&units=furlongs", 400, "invalid_parameter"),
    ],
)
def test_bad_request_is_json_with_code(show, tail, status, code):
    response = show(tail)
    assert response.status_code == status, response.content
    if tail != "info/tiffdump/":
        assert response["Content-Type"] == "application/json"
        assert response.json()["code"] == code


def test_file_that_is_no_image_is_said_so(client: Client, tmp_path):
    urls.FILES["bad"] = tmp_path / "bad.hdr"
    urls.FILES["bad"].write_text("ENVI\nsamples = 50\n")
    response = client.get("/paths/bad/info/metadata")
    assert (response.status_code, response.json()["code"]) == (502, "source_unreadable")


def test_tile_of_replaced_file_is_new(make, client: Client):
    first, second = make(dtype="uint8"), make(dtype="uint8", bands=1)
    urls.FILES["a"] = Path(first.location)
    before = client.get("/paths/a/tiles/0/0/0.png")
    Path(first.location).write_bytes(Path(second.location).read_bytes())
    after = client.get("/paths/a/tiles/0/0/0.png")
    assert before["ETag"] != after["ETag"]
    assert before.content != after.content


def test_tags_of_tiff_are_dumped_without_its_path(show):
    found = show("info/tiffdump")
    assert {"ifds", "firstifd", "size"} <= set(found.json())
    assert str(next(iter(urls.FILES.values()))) not in found.content.decode()


def test_list_mixin_serves_below_its_prefix(make, client: Client):
    urls.FILES["a"] = Path(make().location)
    assert client.get("/one/info/metadata?name=a").json()["sizeX"] == 512
    assert open_image(client.get("/one/tiles/0/0/0.png?name=a")).size == (256, 256)
    assert reverse("one-tiles-metadata") == "/one/tiles/metadata"


def test_routes_have_django_large_images_names():
    assert reverse("path-thumbnail", args=[1, "png"]) == "/paths/1/data/thumbnail.png"
    assert reverse("path-tile", args=[1, 2, 3, 4, "png"]) == "/paths/1/tiles/2/3/4.png"
    assert reverse("path-metadata-internal", args=[1]) == "/paths/1/info/metadata_internal"
    assert reverse("path-tile-corners", args=[1, 2, 3, 4]) == "/paths/1/tiles/2/3/4/corners"
    assert reverse("large-image-sources") == "/api/large-image/sources"


def test_lists_answer(client: Client):
    assert "openslide" in client.get("/api/large-image/sources").json()
    assert client.get("/api/large-image/formats").json()["png"] == "image/png"
    assert "viridis" in client.get("/api/large-image/colormaps").json()["matplotlib"]


class Field:
    """A model's file, as its storage has it."""

    def __init__(self, path: Path) -> None:
        self.storage = FileSystemStorage(path.parent)
        self.name = path.name
        self.path = self.storage.path(path.name)


def test_file_field_is_read_where_it_lies(make, client: Client, monkeypatch):
    monkeypatch.setattr(FieldViewSet, "file", Field(Path(make().location)))
    assert client.get("/fields/1/info/metadata").json()["sizeX"] == 512
    monkeypatch.setattr(FieldViewSet, "file", None)
    assert client.get("/fields/1/info/metadata").status_code == 404
