"""Pages, template tags and the widget that show an image; the example project, by its README."""

import io
from pathlib import Path

import pytest
import requests
from django.template import Context, Template
from django.test import Client
from PIL import Image

from tests.tiles import urls
from tests.tiles.example_project import add_picture, run_example
from tests.tiles.rasters import Recipe, write
from tests.tiles.slides import write_ome
from tiles.widgets import ImageViewerInput

pytestmark = pytest.mark.urls("tests.tiles.site")
HOSTILE = '"><script>alert(1)</script>'


def render(text: str, **values: object) -> str:
    return Template("{% load tiles_viewer %}" + text).render(Context(values))


def test_tag_shows_tilejson():
    assert 'src="/a/tilejson.json"' in render('{% tiles_viewer "/a/tilejson.json" %}')


def test_tag_on_map_asks_for_mercator():
    page = render('{% tiles_viewer "/a/tilejson.json?z=1" on_map=True %}')
    assert 'src="/a/tilejson.json?z=1&amp;tileMatrixSetId=WebMercatorQuad"' in page


def test_tag_keeps_hostile_text_text():
    page = render("{% tiles_viewer src title=title %}", src=f"/a{HOSTILE}", title=HOSTILE)
    assert "<script>alert" not in page
    assert page.count("<script") == 1


def test_page_of_hostile_name_is_text(client: Client, tmp_path):
    urls.FILES["a"] = write_ome(tmp_path / "<script>alert(1)<.tif")
    page = client.get("/paths/a/viewer?z=0&c=0").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;.tif" in page
    assert 'src="/paths/a/tilejson.json?z=0&amp;c=0"' in page
    assert "style=" not in page


def test_page_of_bad_parameter_is_400(client: Client, tmp_path):
    urls.FILES["a"] = write_ome(tmp_path / "a.tif")
    assert client.get("/paths/a/viewer?frame=x").status_code == 400


def test_page_on_map_asks_for_mercator(client: Client, make):
    urls.FILES["a"] = Path(make().location)
    page = client.get("/paths/a/viewer?tileMatrixSetId=WebMercatorQuad").content.decode()
    assert 'src="/paths/a/tilejson.json?tileMatrixSetId=WebMercatorQuad"' in page


class Object:
    pk = 7


class File:
    instance, url, name = Object(), "/media/a.tif", HOSTILE

    def __str__(self) -> str:
        return self.name


def test_widget_shows_the_file_that_is_there():
    widget = ImageViewerInput(url_name="path-tilejson")
    page = widget.render("file", File())
    assert '<tiles-viewer src="/paths/7/tilejson.json"' in page
    assert "<script>alert" not in page
    assert 'type="module"' in str(widget.media)
    assert "tiles-viewer" not in widget.render("file", None)
    assert "tiles-viewer" not in ImageViewerInput(url_name="nothing").render("file", File())


def test_example_project_serves_what_is_uploaded(tmp_path):
    scene = write(Recipe(), tmp_path / "scene.tif")
    with run_example(tmp_path) as address:
        number = add_picture(address, Path(scene), title=HOSTILE)
        base = f"{address}/api/pictures/{number}"
        tile = requests.get(f"{base}/tiles/0/0/0.png", timeout=30)
        assert Image.open(io.BytesIO(tile.content)).size == (256, 256)
        assert requests.get(f"{base}/info/metadata", timeout=30).json()["geospatial"]
        assert requests.get(f"{base}/iiif/info.json", timeout=30).json()["width"] == 512
        assert requests.get(f"{base}/tiles/0/0/0.png?band=9", timeout=30).status_code == 400
        page = requests.get(f"{address}/pictures/{number}/", timeout=30).text
        assert "<script>alert" not in page
        assert f'src="/api/pictures/{number}/tilejson.json"' in page
        assert requests.get(f"{address}/api/schema/", timeout=30).ok
