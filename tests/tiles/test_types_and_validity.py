"""Values of every type, and what hides them: the same answer from statistics, stretches, values and pictures."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from osgeo import gdal, osr

from tiles.geo.grids import web_mercator
from tiles.regions.points import layer_values, pixel_layers
from tiles.regions.values import read_layers
from tiles.regions.zonal import sample_layers
from tiles.regions.zonal_pixels import summarize
from tiles.rendering.image import RasterImage
from tiles.rendering.tile import render_tile, render_whole
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.painting import Picture
from tiles.styling.style import Style, parse_style

SIDE = 256
TILE = (10, 540, 360)
ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE]
RAMP = COLUMNS * 0.5 + ROWS * 0.4
OPTIONS = ("COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128")
TYPES = {
    "uint8": gdal.GDT_Byte, "int8": gdal.GDT_Byte, "uint16": gdal.GDT_UInt16, "int16": gdal.GDT_Int16,
    "uint32": gdal.GDT_UInt32, "int32": gdal.GDT_Int32, "float32": gdal.GDT_Float32, "float64": gdal.GDT_Float64,
    "uint64": getattr(gdal, "GDT_UInt64", 0), "int64": getattr(gdal, "GDT_Int64", 0),
}  # fmt: skip


def write(
    path: Path,
    bands: np.ndarray | list[np.ndarray],
    *,
    nodata: float | None = None,
    change: Callable[[Any], None] = lambda _: None,
    mask: np.ndarray | None = None,
    overviews: tuple[int, ...] = (),
    options: tuple[str, ...] = OPTIONS,
) -> RasterImage:
    """Write a GeoTIFF that covers one tile of Web Mercator; the mask comes last, after the overviews."""
    bands = np.asarray(bands)
    bands = bands[None] if bands.ndim == 2 else bands
    kind, modern = TYPES[bands.dtype.name], getattr(gdal, "GDT_Int8", 0)
    if bands.dtype == np.int8 and modern:
        kind = modern
    elif bands.dtype == np.int8:
        options, bands = (*options, "PIXELTYPE=SIGNEDBYTE"), bands.view(np.uint8)
    height, width = bands.shape[1:]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), width, height, len(bands), kind, list(options))
    system = osr.SpatialReference()
    system.ImportFromEPSG(3857)
    dataset.SetSpatialRef(system)
    west, south, east, north = web_mercator().tile(*TILE).box
    dataset.SetGeoTransform((west, (east - west) / width, 0, north, 0, (south - north) / height))
    for number, band in enumerate(bands, 1):
        if nodata is not None:
            dataset.GetRasterBand(number).SetNoDataValue(nodata)
        dataset.GetRasterBand(number).WriteArray(band)
    change(dataset)
    dataset.FlushCache()
    if overviews:
        dataset.BuildOverviews("NEAREST", list(overviews))
    del dataset
    if mask is not None:
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
        dataset = gdal.Open(str(path), gdal.GA_Update)
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(mask)
        del dataset
    source = open_source(SourceRef(str(path), "1", name=path.name))
    assert isinstance(source, RasterImage)
    return source


def show(source: RasterImage, query: str = "") -> Picture:
    picture = render_tile(source, web_mercator(), *TILE, style=style_of(query))
    assert picture is not None
    return picture


def style_of(query: str) -> Style:
    return parse_style(dict(part.split("=", 1) for part in query.split("&") if part))


def opaque(picture: Picture | None) -> float:
    assert picture is not None
    return 1.0 if picture.alpha is None else float((picture.alpha > 0).mean())


def statistics(source: RasterImage, query: str = "") -> dict[str, Any]:
    return summarize(sample_layers((source,), style=style_of(query)))


@pytest.fixture
def signed(tmp_path) -> RasterImage:
    values = (COLUMNS - 128).clip(-100, 100).astype(np.int8)
    values[:64] = -128
    return write(tmp_path / "signed.tif", values, nodata=-128, overviews=(2,))


def test_bytes_with_a_sign_have_it_on_all_ways(signed):
    assert signed.describe_band(1)["dtype"] == "int8"
    assert layer_values(pixel_layers((signed,), 40, 100)[0]) == [-88]
    assert layer_values(pixel_layers((signed,), 40, 10)[0]) == [None]
    found = signed.band_statistics(1)
    assert found is not None
    assert (found.minimum, found.maximum, found.valid_percent) == (-100, 100, 75)
    counted = statistics(signed)["b1"]
    assert (counted["min"], counted["max"], counted["valid_percent"]) == (-100, 100, 75)
    layer = read_layers((signed,), web_mercator(), web_mercator().tile(*TILE), style=Style())[0]
    assert layer.values.dtype == np.int8
    assert layer.values[100, 40] == -88
    assert layer.shown.mean() == 0.75


@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "average"])
def test_bytes_with_a_sign_are_painted_by_their_values(signed, resampling):
    picture = show(signed, f"rescale=-100,100&resampling={resampling}")
    assert opaque(picture) == pytest.approx(0.75, abs=0.01)
    assert picture.pixels[100, 40, 0] == pytest.approx(12 / 200 * 255, abs=2)
    assert picture.pixels[100, 240, 0] == 255
    half = render_whole(signed, style=style_of(f"rescale=-100,100&resampling={resampling}"), side=128)
    assert half is not None
    assert half.pixels[50, 20, 0] == pytest.approx(12 / 200 * 255, abs=3)


def test_nodata_of_bytes_with_a_sign_may_be_spelled_without(tmp_path):
    values = (COLUMNS - 128).clip(-100, 100).astype(np.int8)
    source = write(tmp_path / "a.tif", values)
    found = source.band_statistics(1, nodata=156)
    assert found is not None
    assert found.minimum == -99


@pytest.mark.parametrize("nodata", [math.inf, -math.inf, math.nan])
def test_endless_nodata_is_hidden(tmp_path, nodata):
    values = RAMP.astype(np.float32)
    values[64:128, 64:128] = nodata
    source = write(tmp_path / "a.tif", values, nodata=nodata)
    assert opaque(show(source)) == pytest.approx(0.9375, abs=0.001)
    assert opaque(show(source, "nodata=inf")) == pytest.approx(0.9375, abs=0.001)
    found = source.band_statistics(1)
    assert found is not None
    assert found.valid_percent == 93.75


@pytest.mark.parametrize("endless", [math.inf, -math.inf])
@pytest.mark.parametrize("resampling", ["bilinear", "cubic", "average"])
def test_endless_values_are_never_averaged(tmp_path, endless, resampling):
    values = RAMP.astype(np.float32)
    values[::16, ::16] = endless
    source = write(tmp_path / "a.tif", values)
    picture = render_whole(source, style=style_of(f"rescale=-20,230&resampling={resampling}"), side=64)
    assert picture is not None
    assert opaque(picture) >= 1 - 1 / 16
    expected = (RAMP.reshape(64, 4, 64, 4).mean(axis=(1, 3)) + 20) / 250 * 255
    shown = np.ones((64, 64), bool) if picture.alpha is None else picture.alpha > 0
    assert np.abs(picture.pixels[:, :, 0] - expected)[shown].max() < 4


def test_endless_values_of_one_band_spoil_no_other(tmp_path):
    bands = [RAMP.astype(np.float32) for _ in range(3)]
    bands[1][::16, ::16] = -math.inf
    picture = render_whole(write(tmp_path / "a.tif", bands), style=style_of("rescale=-20,230"), side=64)
    assert picture is not None
    assert picture.alpha is None
    assert np.abs(picture.pixels[:, :, 1].astype(int) - picture.pixels[:, :, 0]).max() <= 3


HIDDEN = np.where(COLUMNS < 192, 255, 0).astype(np.uint8)


def with_alpha(index: int) -> Callable[[Any], None]:
    return lambda dataset: dataset.GetRasterBand(index).SetColorInterpretation(gdal.GCI_AlphaBand)


def alpha_of(kind: type, index: int, count: int = 4) -> list[np.ndarray]:
    """Return bands of a ramp, one of them alpha; what alpha hides is far too high."""
    top = {"uint8": 255, "uint16": 65535, "int16": 1000, "float32": 1}[kind.__name__]
    ramp: np.ndarray = np.where(HIDDEN > 0, RAMP, 250).astype(kind)
    bands = [ramp] * (count - 1)
    bands.insert(index - 1, np.where(HIDDEN, top, 0).astype(kind))
    return bands


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.float32])
@pytest.mark.parametrize(("index", "count"), [(4, 4), (5, 5), (3, 5), (2, 2)])
def test_alpha_of_any_type_at_any_place_hides_everywhere(tmp_path, kind, index, count):
    source = write(tmp_path / "a.tif", alpha_of(kind, index, count), change=with_alpha(index))
    found = source.band_statistics(1)
    assert found is not None
    assert found.valid_percent == 75
    assert found.maximum < 230
    assert statistics(source, "bidx=1")["b1"]["valid_percent"] == 75
    assert opaque(show(source, "bidx=1")) == pytest.approx(0.75, abs=0.01)
    assert layer_values(pixel_layers((source,), 250, 100, style=style_of("bidx=1"))[0]) == [None]


def test_mask_and_nodata_hide_together(tmp_path):
    values = RAMP.astype(np.float32)
    values[192:] = -9999
    source = write(tmp_path / "a.tif", values, nodata=-9999, mask=HIDDEN)
    found = source.band_statistics(1)
    assert found is not None
    assert (found.minimum, found.valid_percent) == (0, 56.25)
    picture = show(source)
    assert opaque(picture) == pytest.approx(0.5625, abs=0.005)
    assert picture.alpha is not None
    shown = picture.pixels[:, :, 0][picture.alpha > 0]
    assert shown.mean() == pytest.approx(127.5, abs=4)
    assert np.unique(shown).size >= 200


def test_values_of_all_bands_together_hide(tmp_path):
    bands = [RAMP.astype(np.uint8) + 10] * 3
    bands = [np.where(HIDDEN > 0, band, number).astype(np.uint8) for number, band in enumerate(bands)]
    bands[0] = np.where(ROWS < 10, 0, bands[0]).astype(np.uint8)
    source = write(tmp_path / "a.tif", bands, change=lambda one: one.SetMetadataItem("NODATA_VALUES", "0 1 2"))
    found = source.band_statistics(1)
    assert found is not None
    assert found.valid_percent == 75
    assert found.minimum == 0
    assert opaque(show(source)) == pytest.approx(0.75, abs=0.01)
    assert statistics(source)["b2"]["valid_percent"] == 75


def test_mask_made_after_the_overviews_hides_when_zoomed_out(tmp_path):
    rows, columns = np.mgrid[:1024, :1024]
    corner = np.where((rows >= 512) & (columns >= 512), 0, 255).astype(np.uint8)
    values = np.where(corner, columns * 0.2 + 20, 255).astype(np.uint8)
    source = write(tmp_path / "a.tif", [values] * 3, mask=corner, overviews=(2, 4, 8))
    assert opaque(show(source)) == pytest.approx(0.75, abs=0.02)
    assert opaque(render_whole(source, style=Style(), side=100)) == pytest.approx(0.75, abs=0.02)
    found = source.band_statistics(1)
    assert found is not None
    assert found.valid_percent == pytest.approx(75, abs=0.5)
    assert found.maximum < 230


def test_mask_beside_the_file_with_overviews_of_its_own_is_read_from_them(tmp_path):
    rows, columns = np.mgrid[:1024, :1024]
    values = (columns * 0.2 + 20).astype(np.uint8)
    write(tmp_path / "a.tif", [values] * 3)
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "NO")
    try:
        dataset = gdal.Open(str(tmp_path / "a.tif"))
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(np.where(rows < 256, 0, 255).astype(np.uint8))
        del dataset
        for name in ("a.tif", "a.tif.msk"):
            gdal.Open(str(tmp_path / name)).BuildOverviews("NEAREST", [2, 4])
    finally:
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a.tif", "a.tif.msk", "a.tif.msk.ovr", "a.tif.ovr"]
    source = open_source(SourceRef(str(tmp_path / "a.tif"), "1", siblings=tuple(names[1:])))
    assert opaque(render_whole(source, style=Style(), side=128)) == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize("query", ["", "&stretch=minmax", "&min=auto", "&expression=b1*2"])
def test_nodata_of_a_request_reaches_the_stretch(tmp_path, query):
    values = RAMP.astype(np.float32)
    values[:64] = -9999
    source = write(tmp_path / "a.tif", values)
    assert np.unique(show(source, query.lstrip("&")).pixels).size < 20
    picture = show(source, f"nodata=-9999&resampling=nearest{query}")
    assert picture.alpha is not None
    assert opaque(picture) == 0.75
    assert np.unique(picture.pixels[:, :, 0][picture.alpha > 0]).size >= 200


@pytest.mark.parametrize("kind", ["float64", "int32", "uint32", "int64", "uint64"])
def test_arithmetic_with_large_numbers_is_exact(tmp_path, kind):
    if not TYPES[kind]:
        pytest.skip("this GDAL has no integers of 64 bits")
    values = (1_700_000_000 + RAMP // 1).astype(kind)
    source = write(tmp_path / "a.tif", values)
    style = style_of("expression=b1-1700000000")
    assert layer_values(pixel_layers((source,), 100, 100, style=style)[0]) == [90]
    assert statistics(source, "expression=b1-1700000000")["b1-1700000000"]["max"] == RAMP.max() // 1
    equal = statistics(source, "expression=b1==1700000090")["b1==1700000090"]
    assert equal["sum"] == (RAMP // 1 == 90).sum()
    picture = show(source, "rescale=1700000000,1700000255&resampling=nearest")
    assert np.abs(picture.pixels[:, :, 0].astype(int) - (RAMP // 1)).max() <= 1
    smooth = show(source, "rescale=1700000000,1700000255&resampling=bilinear")
    assert np.abs(smooth.pixels[:, :, 0].astype(int) - (RAMP // 1)).max() <= 1


@pytest.mark.parametrize("kind", ["int64", "uint64"])
def test_integers_that_no_float_holds_are_read_to_the_last_digit(tmp_path, kind):
    if not TYPES[kind]:
        pytest.skip("this GDAL has no integers of 64 bits")
    base = 2**60 + 1
    source = write(tmp_path / "a.tif", base + (RAMP // 1).astype(kind))
    assert layer_values(pixel_layers((source,), 100, 100)[0]) == [base + 90]
    layer = read_layers((source,), web_mercator(), web_mercator().tile(*TILE), style=Style())[0]
    assert layer.values[100, 100] == base + 90
    assert opaque(show(source)) == 1


@pytest.mark.parametrize("kind", ["uint32", "int32", "float64"])
def test_colors_of_large_codes_are_those_of_the_very_code(tmp_path, kind):
    values = np.where(COLUMNS < 128, 2_000_000_001, 2_000_000_002).astype(kind)
    source = write(tmp_path / "a.tif", values)
    picture = show(source, 'colormap={"2000000001": "#ff0000", "2000000002": "#0000ff"}')
    assert opaque(picture) == 1
    assert picture.pixels[100, 50].tolist() == [255, 0, 0]
    assert picture.pixels[100, 200].tolist() == [0, 0, 255]


@pytest.mark.parametrize("resampling", ["bilinear", "cubic", "lanczos", "average"])
@pytest.mark.parametrize("kind", ["float64", "int32", "uint32"])
@pytest.mark.parametrize("hides", [False, True])
def test_large_numbers_are_mixed_with_their_neighbours_exactly(tmp_path, kind, resampling, hides):
    mask = np.where(COLUMNS < 200, 255, 0).astype(np.uint8) if hides else None
    source = write(tmp_path / "a.tif", (1_700_000_000 + COLUMNS).astype(kind), mask=mask)
    z, x, y = TILE
    # Enlarged and made smaller, away from the mask's edge.
    for tile, columns, size in (((z + 1, 2 * x, 2 * y), 0.25 + np.arange(256) / 2, 256), (TILE, np.arange(256), 0)):
        area = web_mercator().tile(*tile, size=size)
        style = parse_style({"resampling": resampling})
        layer = read_layers((source,), web_mercator(), area, style=style)[0]
        found = layer.values[100, 5:120].astype(float) - 1_700_000_000
        assert np.abs(found - columns[5:120]).max() <= 1
    small = web_mercator().tile(z - 2, x // 4, y // 4)
    layer = read_layers((source,), web_mercator(), small, style=parse_style({"resampling": resampling}))[0]
    known = layer.values if layer.valid is None else layer.values[layer.valid]
    assert 1_700_000_000 <= known.min() < known.max() <= 1_700_000_255
    picture = show(source, f"resampling={resampling}&rescale=1700000000,1700000255")
    assert np.abs(picture.pixels[100, 5:120, 0].astype(int) - np.arange(5, 120)).max() <= 1


def test_huge_doubles_have_statistics(tmp_path):
    values = RAMP.astype(np.float64)
    values[:64] = 1e200
    source = write(tmp_path / "a.tif", values)
    found = source.band_statistics(1)
    assert found is not None
    assert (found.minimum, found.maximum) == (pytest.approx(25.6), 1e200)
    assert math.isfinite(found.stddev)
    assert show(source, "rescale=0,1e200").pixels[10, 10, 0] == 255


def test_percent_in_bytes_is_stretched(tmp_path):
    source = write(tmp_path / "a.tif", (RAMP / 2.3).astype(np.uint8))
    picture = show(source)
    assert picture.pixels.min() == 0
    assert picture.pixels.max() == 255
    bright = show(write(tmp_path / "b.tif", RAMP.astype(np.uint8)), "resampling=nearest")
    assert np.array_equal(bright.pixels[:, :, 0], RAMP.astype(np.uint8))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_few_bits_are_shown_from_their_least_to_their_greatest(tmp_path, bits):
    values = (COLUMNS * 2**bits // SIDE).astype(np.uint8)
    source = write(tmp_path / "a.tif", values, options=(*OPTIONS, f"NBITS={bits}"))
    picture = show(source, "resampling=nearest")
    assert picture.colors[100, 0, 0] == 0
    assert picture.colors[100, 255, 0] == 255
    assert np.unique(picture.colors).size == 2**bits
