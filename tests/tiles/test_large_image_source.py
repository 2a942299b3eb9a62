"""This app's tile source for large-image's users, beside large-image's own."""

import json
import math
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import cv2
import large_image
import large_image_source_gdal
import numpy as np
import pytest
from large_image.exceptions import TileSourceError, TileSourceXYZRangeError

from tests.tiles import rasters
from tests.tiles.rasters import Recipe
from tests.tiles.slides import write_ome, write_pyramid
from tiles.large_image.source import EarthTileSource, SlideTileSource, open_image, register

ROOT = Path(__file__).parents[2]
MERCATOR = "EPSG:3857"
EDGES = ("xmin", "ymin", "xmax", "ymax")


def tiles_of(source) -> list[tuple[int, int, int]]:
    """Every tile, (x, y, z), that shows some of the image."""
    if not source.projection:
        sides = [(source.sizeX, source.sizeY, source.tileWidth * 2**z) for z in range(source.levels)][::-1]
        counts = [(math.ceil(width / span), math.ceil(height / span)) for width, height, span in sides]
        return [(x, y, z) for z, (across, down) in enumerate(counts) for x in range(across) for y in range(down)]
    bounds, side = source.getBounds(MERCATOR), source.unitsAcrossLevel0
    found = []
    for z in range(source.levels):
        span = side / 2**z
        columns = range(int((bounds["xmin"] + side / 2) // span), int((bounds["xmax"] + side / 2) // span) + 1)
        rows = range(int((side / 2 - bounds["ymax"]) // span), int((side / 2 - bounds["ymin"]) // span) + 1)
        found += [(x, y, z) for x in columns for y in rows]
    return found


def array(source, place: tuple[int, int, int]) -> np.ndarray:
    return np.asarray(source.getTile(*place, numpyAllowed="always"))


def eroded(shown: np.ndarray) -> np.ndarray:
    """Return what lies two pixels or more within."""
    return cv2.erode(shown.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0


@pytest.fixture
def path(tmp_path) -> str:
    return str(rasters.write(Recipe(), tmp_path / "scene.tif"))


def test_tiles_of_own_pixels_are_gdals(path):
    """Each pixel of each tile of each level, but for rounding: overviews are read by both as they are."""
    ours, theirs = open_image(path), large_image_source_gdal.open(path)
    assert [ours.metadata[name] for name in ("levels", "sizeX", "sizeY", "tileWidth")] == [
        theirs.metadata[name] for name in ("levels", "sizeX", "sizeY", "tileWidth")
    ]
    places = tiles_of(ours)
    assert len(places) > 4
    for place in places:
        mine, other = array(ours, place), array(theirs, place)[:, :, :3]
        assert mine.shape == other.shape
        assert np.abs(mine.astype(int) - other.astype(int)).max() <= 1, place


def test_tiles_of_a_projection_are_gdals(path):
    """Where both show the image: within 2 of 255 in the mean; at most 1 % of the pixels shown by only one of them.

    Theirs are the nearest pixels, ours are weighed; the image is smooth.
    """
    ours = open_image(path, projection=MERCATOR)
    theirs = large_image_source_gdal.open(path, projection=MERCATOR)
    assert (ours.levels, ours.sizeX) == (theirs.levels, theirs.sizeX)
    mine, other = ours.getBounds(MERCATOR), theirs.getBounds(MERCATOR)
    assert {name: mine[name] for name in EDGES} == pytest.approx({name: other[name] for name in EDGES})
    for place in tiles_of(ours)[-16:]:
        mine, other = array(ours, place), array(theirs, place)
        shown = (mine[:, :, 3] == 255) & (other[:, :, 3] >= 255)
        assert ((mine[:, :, 3] > 127) != (other[:, :, 3] > 127)).mean() < 0.01, place
        inside = eroded(shown)
        if inside.any():
            difference = np.abs(mine[inside][:, :3].astype(int) - other[inside][:, :3].astype(int))
            assert difference.mean() < 2, place


@pytest.mark.parametrize(
    "style",
    [
        {"band": 1, "min": 0, "max": 200, "palette": ["#000", "#0f0", "#fff"]},
        {"bands": [{"band": 1, "palette": "#f00"}, {"band": 3, "palette": "#0f0"}]},
        {},
    ],
)
def test_styles_are_large_images(path, style):
    ours, theirs = open_image(path, style=style), large_image_source_gdal.open(path, style=style)
    mine, other = array(ours, (1, 1, 1))[:, :, :3], array(theirs, (1, 1, 1))[:, :, :3]
    assert np.abs(mine.astype(int) - other.astype(int)).max() <= 1


def test_raw_values_come_as_they_are(tmp_path):
    path = str(rasters.write(Recipe(dtype="float32", bands=2), tmp_path / "heights.tif"))
    found = array(open_image(path, style={}), (1, 0, 1))
    assert found.dtype == np.float32
    expected = np.stack([rasters.values(Recipe(dtype="float32"), band) for band in (1, 2)], axis=2)
    assert np.array_equal(found, expected[:256, 256:512])


@pytest.mark.parametrize(
    "options",
    [
        {"region": {"left": 10, "top": 20, "width": 300, "height": 200}},
        {"output": {"maxWidth": 100}},
        {
            "region": {"left": -77.3, "right": -77.25, "top": 39.8, "bottom": 39.75, "units": "EPSG:4326"},
            "output": {"maxWidth": 64, "maxHeight": 64},
        },
    ],
)
def test_regions_are_large_images(path, options):
    ours, theirs = open_image(path), large_image_source_gdal.open(path)
    mine, other = (source.getRegion(format="numpy", **options)[0] for source in (ours, theirs))
    assert mine.shape[:2] == other.shape[:2]
    assert np.abs(mine[:, :, :3].astype(int) - other[:, :, :3].astype(int)).mean() < 1


def test_region_of_a_projection_is_large_images(path):
    options = {"region": {"units": "projection"}, "output": {"maxWidth": 100, "maxHeight": 100}}
    ours = open_image(path, projection=MERCATOR)
    theirs = large_image_source_gdal.open(path, projection=MERCATOR)
    mine, other = (np.asarray(source.getRegion(format="numpy", **options)[0]) for source in (ours, theirs))
    assert mine.shape == other.shape
    inside = eroded((mine[:, :, 3] == 255) & (other[:, :, 3] >= 255))
    assert np.abs(mine[inside].astype(int) - other[inside].astype(int)).mean() < 2


def test_thumbnail_pixel_and_encodings(path):
    source = open_image(path, encoding="PNG")
    assert source.getTile(0, 0, 0)[:4] == b"\x89PNG"
    assert open_image(path, encoding="JPEG").getTile(0, 0, 0)[:2] == b"\xff\xd8"
    thumbnail, media_type = source.getThumbnail(width=64, encoding="PNG")
    assert media_type == "image/png"
    assert thumbnail[:4] == b"\x89PNG"
    expected = [int(rasters.values(Recipe(), band)[205, 300]) for band in (1, 2, 3)]
    assert source.getPixel(region={"left": 300, "top": 205})["value"] == expected


def test_tile_beyond_the_image_is_refused_as_large_image_does(path):
    with pytest.raises(TileSourceXYZRangeError):
        open_image(path).getTile(9, 9, 1)
    empty = array(open_image(path, projection=MERCATOR), (0, 0, 9))
    assert not empty.any()


def test_slide_hands_on_the_files_own_tiles(tmp_path):
    path = write_pyramid(tmp_path / "slide.tif")
    source = open_image(path)
    assert isinstance(source, SlideTileSource)
    tile = source.getTile(1, 1, 2)
    assert tile[-1000:] in path.read_bytes()
    theirs = large_image.tilesource.AvailableTileSources
    large_image.tilesource.loadTileSources()
    other = np.asarray(theirs["tiff"](str(path)).getTile(1, 1, 2, numpyAllowed="always"))[:, :, :3]
    assert np.abs(array(source, (1, 1, 2)).astype(int) - other.astype(int)).mean() < 2
    assert source.metadata["levels"] == theirs["tiff"](str(path)).metadata["levels"]


def test_frames_are_told_apart(tmp_path):
    path = write_ome(tmp_path / "planes.ome.tif", names=("DNA", "CD4"))
    source = open_image(path)
    assert source.frames == 2
    first, second = (source.getTile(0, 0, 0, frame=frame, encoding="PNG") for frame in (0, 1))
    assert first != second
    with pytest.raises(TileSourceXYZRangeError):
        source.getTile(0, 0, 0, frame=source.frames)


def test_style_that_names_code_is_refused(path):
    style = json.dumps({"bands": [{"band": 1}], "function": {"name": "os.system"}})
    with pytest.raises(TileSourceError):
        open_image(path, style=style).getTile(0, 0, 0)


def test_what_admission_refuses_is_refused(tmp_path, path):
    layer = tmp_path / "layer.vrt"
    layer.write_text(
        f'<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
        f"<SourceFilename>{path}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    for kind in (EarthTileSource, SlideTileSource):
        assert not kind.canRead(str(layer))
        with pytest.raises(TileSourceError):
            kind(str(layer))


def test_registered_source_is_the_one_that_opens(path, tmp_path, monkeypatch):
    monkeypatch.setattr(large_image.tilesource, "AvailableTileSources", large_image.tilesource.AvailableTileSources)
    large_image.tilesource.loadTileSources()
    register()
    try:
        assert isinstance(large_image.open(path), EarthTileSource)
        assert isinstance(large_image.open(str(write_pyramid(tmp_path / "slide.tif"))), SlideTileSource)
    finally:
        for kind in (EarthTileSource, SlideTileSource):
            large_image.tilesource.AvailableTileSources.pop(kind.name, None)


@pytest.mark.parametrize("project", ["pyproject.toml", "packaging/tiles/pyproject.toml"])
def test_entry_points_of_the_distributions_are_found(project, path, tmp_path):
    """In a process of its own, without Django: as where the distribution is installed."""
    named = tomllib.loads((ROOT / project).read_text())["project"]["entry-points"]["large_image.source"]
    folder = tmp_path / "installed" / "geodata_tiles-0.1.0.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: geodata-tiles\nVersion: 0.1.0\n")
    lines = [f"{name} = {value}" for name, value in named.items()]
    (folder / "entry_points.txt").write_text("\n".join(["[large_image.source]", *lines, ""]))
    program = (
        f"import large_image, sys; s = large_image.open({path!r}); print(type(s).__name__, 'django' in sys.modules)"
    )
    variables = {**os.environ, "PYTHONPATH": f"{folder.parent}{os.pathsep}{ROOT}"}
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["EarthTileSource", "False"], done.stderr
