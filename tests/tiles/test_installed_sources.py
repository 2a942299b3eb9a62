"""large-image's tile sources beside the known ones: closed unless a site opens them, and never for what is refused."""

import io
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from tests.tiles import rasters, urls
from tests.tiles.rasters import Recipe
from tiles.errors import SourceUnreadable, UnsafeSource
from tiles.geo.grids import TileArea
from tiles.slides.readers import open_slide
from tiles.sources.drivers import LARGE_IMAGE_SOURCES
from tiles.sources.installed import configure_sources, installed_sources
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source

# A source of another distribution, for a format of its own: an array as NumPy writes it. It opens whatever it is given.
MODULE = """
import numpy
from large_image.constants import SourcePriority
from large_image.exceptions import TileSourceError
from large_image.tilesource import FileTileSource


class ToySource(FileTileSource):
    name = "toy"
    extensions = {None: SourcePriority.LOW}

    def __init__(self, path, **kwargs):
        super().__init__(path, **kwargs)
        assert kwargs.get("style") in (None, "{}")
        try:
            self.pixels = numpy.load(path)
        except ValueError:
            self.pixels = numpy.zeros((8, 8, 3), numpy.uint8)
        self.sizeY, self.sizeX = self.pixels.shape[:2]
        self.tileWidth = self.tileHeight = 256
        self.levels = max(1, int(numpy.ceil(numpy.log2(max(self.sizeX, self.sizeY) / 256))) + 1)

    def getTile(self, x, y, z, pilImageAllowed=False, numpyAllowed=False, **kwargs):
        self._xyzInRange(x, y, z)
        step = 2 ** (self.levels - 1 - z)
        part = self.pixels[y * 256 * step : (y + 1) * 256 * step : step, x * 256 * step : (x + 1) * 256 * step : step]
        return self._outputTile(part, "numpy", x, y, z, pilImageAllowed, numpyAllowed, **kwargs)
"""
RNG = np.random.default_rng(1)


@pytest.fixture(autouse=True)
def _closed_again():
    yield
    configure_sources(())


@pytest.fixture(autouse=True)
def _installed(tmp_path, monkeypatch):
    folder = tmp_path / "installed"
    (folder / "toy-1.dist-info").mkdir(parents=True)
    (folder / "toy-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1\n")
    (folder / "toy-1.dist-info" / "entry_points.txt").write_text("[large_image.source]\ntoy = toy_source:ToySource\n")
    (folder / "toy_source.py").write_text(MODULE)
    monkeypatch.syspath_prepend(folder)
    installed_sources.cache_clear()


@pytest.fixture
def image(tmp_path) -> Path:
    path = tmp_path / "image.npy"
    rows, columns = np.mgrid[:300, :400]
    np.save(path, np.stack([rows % 256, columns % 256, rows * 0 + 7], axis=2).astype(np.uint8))
    return path


def test_known_sources_are_open_and_others_closed(image):
    assert tuple(installed_sources()) == LARGE_IMAGE_SOURCES
    with pytest.raises(SourceUnreadable):
        open_source(SourceRef(str(image), version="1"))


def test_source_that_a_site_opens_serves_what_no_other_reads(image):
    configure_sources(["toy", "not-installed"])
    assert tuple(installed_sources()) == (*LARGE_IMAGE_SOURCES, "toy")
    for driver in ("", "toy"):
        source = open_source(SourceRef(str(image), version="1", driver=driver))
        assert (source.width, source.height, source.band_count) == (400, 300, 3)
        assert source.describe()["driver"] == "toy"


@pytest.mark.urls("tests.tiles.site")
def test_source_is_listed_and_named_in_a_query(image, client: Client):
    urls.FILES["toy"] = image
    try:
        assert client.get("/paths/toy/info/metadata?source=toy").status_code == 400
        configure_sources(["toy"])
        assert "toy" in client.get("/api/large-image/sources").json()
        assert client.get("/paths/toy/info/metadata?source=toy").json()["sizeX"] == 400
        shown = client.get("/paths/toy/tiles/1/0/0.png?source=toy")
        pixels = np.asarray(Image.open(io.BytesIO(shown.content)).convert("RGB"))
        assert np.array_equal(pixels, np.load(image)[:256, :256])
        function = 'style={"bands":[{"band":1}],"function":{"name":"os.system"}}&source=toy'
        assert client.get(f"/paths/toy/tiles/1/0/0.png?{function}").status_code == 400
    finally:
        urls.FILES.clear()


def test_what_names_other_files_is_refused_whatever_source_is_chosen(tmp_path):
    configure_sources(["toy"])
    scene = rasters.write(Recipe(), tmp_path / "scene.tif")
    layer = tmp_path / "layer.npy"
    layer.write_text(
        '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{scene}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    for driver in ("toy", ""):
        with pytest.raises(UnsafeSource):
            open_source(SourceRef(str(layer), version="1", driver=driver))
    # Its reader alone would have taken it.
    assert open_source(SourceRef(str(scene), version="1", driver="toy")).width == 8
    siblings = ("scene.tif.ovr",)
    (tmp_path / "scene.tif.ovr").write_text(layer.read_text())
    with pytest.raises(UnsafeSource):
        open_source(SourceRef(str(scene), version="1", driver="toy", siblings=siblings))


def test_ours_and_those_without_files_are_never_opened():
    configure_sources(["gdal", "test", "geodata"])
    assert tuple(installed_sources()) == LARGE_IMAGE_SOURCES


def test_adapter_reads_raw_values_of_any_source(tmp_path, monkeypatch):
    """large-image's own GDAL source through the one adapter, as `rasterio` would come: values, not what it paints."""
    monkeypatch.setattr("tiles.sources.installed.NEVER", frozenset())
    configure_sources(["gdal"])
    recipe = Recipe(dtype="uint16", bands=2)
    path = rasters.write(recipe, tmp_path / "scene.tif")
    source = open_slide(SourceRef(str(path), version="1", driver="gdal"), ("gdal",))
    assert (source.width, source.height, source.band_count, source.dtype) == (512, 512, 2, np.uint16)
    found = source.read(TileArea(0, 0, 1, 1, 512, 512))
    assert np.array_equal(found, np.stack([rasters.values(recipe, band) for band in (1, 2)], axis=2))
