"""What bands say of themselves goes along into GeoTIFFs, and no text of a file breaks a document."""

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from osgeo import gdal, osr

from tests.tiles import urls
from tiles.geo.georeference import georeferencing_method
from tiles.sources.description import document_ready, valid_text

pytestmark = pytest.mark.urls("tests.tiles.urls")
SIDE = 200
QUERY = "left=0&top=0&right=100&bottom=100&units=pixels"


@pytest.fixture
def read(tmp_path, publish, client: Client) -> Iterator[Callable[..., Any]]:
    """Write bands and return the region of them as GDAL opens it."""

    def ask(
        bands: np.ndarray,
        *,
        change: Callable[[Any], None] = lambda _: None,
        options: tuple[str, ...] = (),
        query: str = "",
    ) -> Any:
        # A file of its own each time: what is open is known by its name and version.
        name = f"bands-{len(urls.FILES)}"
        path = urls.FILES[name] = tmp_path / f"{name}.tif"
        write(path, bands, change=change, options=options)
        answer = client.get(f"/files/{name}/data/region.tif?{QUERY}{query}")
        assert answer.status_code == 200
        found = tmp_path / f"{name}-region.tif"
        found.write_bytes(b"".join(answer))
        return gdal.Open(str(found))

    del publish
    yield ask
    urls.FILES.clear()


def write(path: Path, bands: np.ndarray, *, change: Callable[[Any], None], options: tuple[str, ...] = ()) -> None:
    bands = bands[None] if bands.ndim == 2 else bands
    kind = {"uint8": gdal.GDT_Byte, "int16": gdal.GDT_Int16, "uint16": gdal.GDT_UInt16}[bands.dtype.name]
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), SIDE, SIDE, len(bands), kind, list(options))
    system = osr.SpatialReference()
    system.ImportFromEPSG(32618)
    dataset.SetSpatialRef(system)
    dataset.SetGeoTransform((500000, 10, 0, 4400000, 0, -10))
    change(dataset)
    for number, band in enumerate(bands, 1):
        dataset.GetRasterBand(number).WriteArray(band)


def colors_of(dataset: Any) -> list[str]:
    return [
        gdal.GetColorInterpretationName(dataset.GetRasterBand(number).GetColorInterpretation())
        for number in range(1, dataset.RasterCount + 1)
    ]


def test_four_bytes_are_not_taken_for_colors_and_alpha(read):
    bands = np.full((4, SIDE, SIDE), 100, np.uint8)
    found = read(bands, options=("PHOTOMETRIC=RGB", "ALPHA=NO"))
    assert colors_of(found)[:3] == ["Red", "Green", "Blue"]
    assert colors_of(found)[3] != "Alpha"
    plain = read(bands, options=("PHOTOMETRIC=MINISBLACK", "ALPHA=NO"))
    assert "Alpha" not in colors_of(plain)
    assert "Red" not in colors_of(plain)


def test_alpha_that_is_asked_for_is_alpha(read):
    bands = np.full((4, SIDE, SIDE), 100, np.uint8)
    found = read(bands, options=("PHOTOMETRIC=RGB", "ALPHA=YES"), query="&bidx=1&bidx=2&bidx=3&bidx=4")
    assert colors_of(found) == ["Red", "Green", "Blue", "Alpha"]


@pytest.mark.parametrize(("query", "is_colored"), [("", True), ("&expression=b1*2", False)])
def test_color_table_goes_along_with_raw_values(read, query, is_colored):
    table = gdal.ColorTable()
    for number, color in enumerate([(200, 30, 30, 255), (30, 200, 30, 255)]):
        table.SetColorEntry(number, color)
    bands = (np.indices((SIDE, SIDE))[1] % 2).astype(np.uint8)
    found = read(bands, change=lambda one: one.GetRasterBand(1).SetColorTable(table), query=query)
    own = found.GetRasterBand(1).GetRasterColorTable()
    assert (own is not None) == is_colored
    if is_colored:
        assert own.GetColorEntry(0) == (200, 30, 30, 255)


@pytest.mark.parametrize(("query", "scale"), [("", 0.5), ("&unscale=true", 1)])
def test_description_scale_and_unit_go_along(read, query, scale):
    def describe(dataset: Any) -> None:
        band = dataset.GetRasterBand(1)
        band.SetDescription("Red edge (705 nm)")
        band.SetScale(0.5)
        band.SetOffset(3)
        band.SetUnitType("K")

    dataset = read(np.full((SIDE, SIDE), 100, np.int16), change=describe, query=query)
    # Bands don't keep their dataset open.
    found = dataset.GetRasterBand(1)
    assert found.GetDescription() == "Red edge (705 nm)"
    assert (found.GetScale() or 1) == scale
    assert found.GetUnitType() == "K"


@pytest.mark.parametrize(
    ("text", "valid"), [("Höhen", "Höhen"), ("H\udcf6hen", "Höhen"), ("\udcb0C", "°C"), ("\ud83dx", "?x"), ("", "")]
)
def test_texts_become_valid(text, valid):
    assert valid_text(text) == valid
    valid_text(text).encode()


def test_documents_hold_no_endless_numbers_and_no_broken_texts():
    found = document_ready({"a\udcb0": [1.5, math.nan, (math.inf, "\udcf6")], "b": None, "c": True})
    assert found == {"a°": [1.5, None, [None, "ö"]], "b": None, "c": True}
    json.dumps(found, ensure_ascii=False, allow_nan=False).encode()


def test_place_of_no_number_is_none(tmp_path):
    path = tmp_path / "a.tif"
    write(path, np.zeros((SIDE, SIDE), np.uint8), change=lambda one: one.SetGeoTransform((math.nan, 1, 0, 10, 0, -1)))
    assert georeferencing_method(gdal.Open(str(path))) == ""
