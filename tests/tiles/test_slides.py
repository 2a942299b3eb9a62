"""Pyramids and planes: right pixels, the file's own tiles, names of planes, files of a series that are missing."""

import io
import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.tiles.slides import OME_HEAD, write_ome, write_pyramid, write_zarr
from tiles.encoding.formats import NPY
from tiles.errors import InvalidParameter, OutsideBounds, SourceCorrupt, SourceNotFound, SourceUnreadable
from tiles.regions.description import describe
from tiles.regions.value_tiles import value_tile
from tiles.rendering.tile import render_tile, render_whole
from tiles.slides.levels import snap
from tiles.slides.ome import parse_ome
from tiles.slides.readers import open_slide
from tiles.slides.source import without_people
from tiles.slides.tiff_image import TiffImage
from tiles.slides.tile import untouched_tile
from tiles.sources.pool import SourcePool
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.planes import Planes
from tiles.styling.style import Style, parse_style


def open_file(path, reader: str = ""):
    return open_source(SourceRef(str(path), version="1", driver=reader))


def show(source, **query: str):
    picture = render_whole(source, style=parse_style(query), side=64)
    assert picture is not None
    return picture.colors


@pytest.fixture
def pyramid(tmp_path):
    return open_file(write_pyramid(tmp_path / "slide.tif"), "tiff")


def test_tile_of_pyramid_is_the_files_own(pyramid):
    tile = untouched_tile(pyramid, pyramid.pixel_grid, (2, 1, 1), style=Style(), size=0)
    assert tile[:2] == b"\xff\xd8"
    shown = np.asarray(Image.open(io.BytesIO(tile)).convert("RGB")).astype(int)
    rendered = render_tile(pyramid, pyramid.pixel_grid, 2, 1, 1, style=Style()).pixels
    assert np.abs(shown - rendered).max() <= 2


@pytest.mark.parametrize(
    ("zxy", "style", "size"),
    [
        ((2, 3, 0), Style(), 0),  # the edge runs through it
        ((2, 1, 1), Style(indexes=(1,)), 0),
        ((2, 1, 1), Style(), 512),
        ((2, 9, 9), Style(), 0),
        ((7, 0, 0), Style(), 0),
    ],
)
def test_tile_that_the_file_has_not_as_asked_is_rendered(pyramid, zxy, style, size):
    assert untouched_tile(pyramid, pyramid.pixel_grid, zxy, style=style, size=size) == b""


def test_tile_at_the_edge_is_transparent_beyond(pyramid):
    picture = render_tile(pyramid, pyramid.pixel_grid, 2, 3, 2, style=Style())
    assert picture.alpha[: 700 - 512, : 1000 - 768].min() == 255
    assert picture.alpha[700 - 512 :].max() == 0
    assert picture.alpha[:, 1000 - 768 :].max() == 0


@pytest.mark.parametrize("side", [1000, 500, 333, 100, 20])
def test_any_scale_of_pyramid_is_the_picture_resized(pyramid, side):
    rows, columns = np.mgrid[0:700, 0:1000]
    blue = (rows + columns) // 8 % 256
    picture = render_whole(pyramid, style=Style(), side=side)
    height, width = picture.pixels.shape[:2]
    expected = cv2.resize(blue.astype(np.uint8), (width, height), interpolation=cv2.INTER_AREA)
    assert np.abs(picture.pixels[:, :, 2].astype(int) - expected).mean() < 4


def test_opening_a_pyramid_reads_no_pixels(pyramid, monkeypatch):
    monkeypatch.setattr(type(pyramid), "part", lambda *_, **__: pytest.fail("pixels were read"))
    assert (pyramid.dtype, pyramid.band_count, pyramid.has_alpha) == (np.uint8, 3, False)
    assert pyramid.frames.count == 1


def test_pyramid_of_jpeg_tiles_is_lent_to_all_at_once(tmp_path):
    pool, ref = SourcePool(), SourceRef(str(write_pyramid(tmp_path / "slide.tif")), version="1", driver="tiff")
    with pool.lease(ref) as first, pool.lease(ref) as second:
        assert first is second
    with pytest.raises(SourceCorrupt), pool.lease(ref):
        raise SourceCorrupt("as if")
    with pool.lease(ref) as third:
        assert third is not first


@pytest.mark.parametrize(("base", "size", "factor"), [(2220, 277, 8), (2220, 1110, 2), (1000, 334, 1000 / 334)])
def test_snap_finds_the_power_that_a_level_was_rounded_from(base, size, factor):
    assert snap(base, size) == factor


def test_planes_are_chosen_by_name_and_number(tmp_path):
    source = open_file(write_ome(tmp_path / "planes.ome.tif", z=3, t=2, names=("DNA", "CD4")))
    values = {
        (z, t, c): show(source, z=str(z), t=str(t), c=c)[0, 0, 0] for z in (0, 2) for t in (0, 1) for c in ("DNA", "1")
    }
    assert values == {
        (z, t, c): 10 * (z + 3 * (c == "1") + 6 * t + 1) for z in (0, 2) for t in (0, 1) for c in ("DNA", "1")
    }
    assert show(source, frame="11")[0, 0, 0] == 120


def test_channels_are_laid_over_each_other_in_their_colors(tmp_path):
    source = open_file(write_ome(tmp_path / "planes.ome.tif", names=("DNA", "CD4")))
    shown = show(source, channel="DNA,cd4", colors="ff0000,0000ff", rescale="0,20")
    assert shown[0, 0].tolist() == [128, 0, 255]


@pytest.mark.parametrize(
    "query",
    [
        {"frame": "12"},
        {"frame": "-1"},
        {"frame": "x"},
        {"frame": "1", "z": "1"},
        {"z": "3"},
        {"t": "99999999999"},
        {"c": "2"},
        {"c": "RNA"},
        {"c": ",".join("0" * 17)},
        {"c": "0,1", "colors": "ff0000"},
        {"colors": "red"},
    ],
)
def test_plane_that_there_is_not_is_refused(tmp_path, query):
    source = open_file(write_ome(tmp_path / "planes.ome.tif", z=3, t=2, names=("DNA", "CD4")))
    with pytest.raises(InvalidParameter):
        show(source, **query)


def test_plane_of_raster_is_its_only_one(make):
    source = open_source(make())
    assert show(source, frame="0").any()
    with pytest.raises(InvalidParameter, match="frame"):
        show(source, frame="1")


def test_description_has_scale_and_planes(tmp_path):
    source = open_file(write_ome(tmp_path / "planes.ome.tif", z=3, names=("DNA", "CD4")))
    found = describe(source)
    assert found["pixel_size_um"] == [0.5, 0.5]
    assert (found["frames"], found["z"], found["t"], found["channels"]) == (6, 3, 1, ["DNA", "CD4"])


def test_slide_without_pixel_size_says_none(tmp_path):
    found = describe(open_file(write_ome(tmp_path / "planes.ome.tif", z=2, scale="")))
    assert found["pixel_size_um"] is None
    assert found["magnification"] is None


def test_ten_thousand_planes_are_counted_and_reached(tmp_path):
    source = open_file(write_ome(tmp_path / "planes.ome.tif", z=100, t=100))
    assert source.frames.count == 10_000
    assert show(source, z="99", t="99")[0, 0, 0] == 10 * 10_000 % 256
    assert source.select(Planes(frame=9_999))[0].frame == 9_999


def test_companion_that_is_missing_is_named(tmp_path):
    path = write_ome(tmp_path / "first.ome.tif", z=2, companion="second.ome.tif")
    with pytest.raises(SourceNotFound, match=r"second\.ome\.tif"):
        open_file(path)
    write_ome(tmp_path / "second.ome.tif", z=2)
    assert show(open_file(path), z="1")[0, 0, 0] == 20


def test_companion_in_another_folder_is_not_read(tmp_path):
    path = write_ome(tmp_path / "first.ome.tif", companion="../../etc/passwd")
    source = open_slide(SourceRef(str(path), version="1"), ("ometiff", "pil"))
    assert not isinstance(source.tile_source, TiffImage)


def test_renamed_file_is_its_own(tmp_path):
    path = write_ome(tmp_path / "planes.ome.tif", z=2)
    text = path.read_bytes().replace(b"urn:uuid:own", b"urn:uuid:new")
    path.write_bytes(text)
    assert show(open_file(path), z="1")[0, 0, 0] == 20


@pytest.mark.parametrize(
    "text",
    [
        "<OME",
        f"{OME_HEAD}</OME>",
        f'{OME_HEAD}<Image><Pixels SizeZ="1" SizeC="1" SizeT="x"/></Image></OME>',
        f'{OME_HEAD}<Image><Pixels SizeZ="0" SizeC="1" SizeT="1"/></Image></OME>',
        f'{OME_HEAD}<Image><Pixels SizeZ="99999" SizeC="99999" SizeT="9"/></Image></OME>',
        '<!DOCTYPE a [<!ENTITY a "aaaa">]>' + OME_HEAD + "</OME>",
    ],
)
def test_ome_xml_that_makes_no_sense_is_refused(text):
    with pytest.raises(SourceUnreadable):
        parse_ome(text, own_name="a.ome.tif")


@pytest.mark.parametrize(
    ("name", "reader", "size", "native"),
    [
        ("CMU-1-Small-Region.svs", "openslide", (2220, 2967), True),
        ("cmu-1-small-region-pyramid.ome.tif", "ometiff", (2220, 2967), True),
        ("cmu-dicom-wsi/level_555x741.dcm", "dicom", (2220, 2967), True),
        ("radiograph_RG3_J2KI.dcm", "dicom", (1760, 1760), False),
        ("cells-2c.ome.tif", "ometiff", (93, 131), False),
        ("cells-2z.ome.tif", "ometiff", (93, 131), False),
        ("multi-channel-z-series.ome.tif", "ometiff", (439, 167), False),
    ],
)
def test_real_slide_opens_and_shows(data_file, name, reader, size, native):
    source = open_file(data_file(f"medical/{name}"))
    assert (source.reader, (source.width, source.height), bool(source.levels)) == (reader, size, native)
    assert render_whole(source, style=Style(), side=200).colors.std() > 10


@pytest.mark.parametrize("name", ["ExampleHuman_d0.tif", "ihc.png"])
def test_real_picture_opens_and_shows(data_file, name):
    assert render_whole(open_file(data_file(f"medical/{name}")), style=Style(), side=200).colors.std() > 10


def test_own_tiles_agree_with_openslide(data_file):
    path = data_file("medical/CMU-1-Small-Region.svs")
    source, grid = open_file(path), open_file(path).pixel_grid
    tile = untouched_tile(source, grid, (grid.maxzoom, 3, 4), style=Style(), size=0)
    reference = source.tile_source._openslide.read_region((720, 960), 0, (240, 240)).convert("RGB")
    assert np.abs(np.asarray(Image.open(io.BytesIO(tile))).astype(int) - np.asarray(reference)).max() <= 1


def test_zarr_folder_is_shown_by_plane(tmp_path):
    source = open_file(write_zarr(tmp_path / "planes.zarr"))
    assert (source.reader, source.width, source.height) == ("zarr", 64, 48)
    assert source.frames.describe() == {"frames": 6, "z": 3, "t": 1, "channels": ["DNA", "CD4"]}
    assert [show(source, c=c, z=z)[0, 0, 0] for c, z in (("DNA", "2"), ("CD4", "0"))] == [30, 40]


def test_people_are_left_out_of_what_a_file_says():
    found = {"dicom": {"PatientName": "A^B", "Rows": 5, "Seq": [{"ReferringPhysicianName": "C", "Kept": 1}]}}
    assert without_people(found) == {"dicom": {"Rows": 5, "Seq": [{"Kept": 1}]}}


def test_series_without_its_original_is_refused(data_file, tmp_path):
    for path in data_file("medical/cmu-dicom-wsi").iterdir():
        if "2220" not in path.name:
            shutil.copy(path, tmp_path)
    with pytest.raises(SourceNotFound, match="full resolution"):
        open_file(tmp_path / "level_555x741.dcm")


def test_series_without_a_lower_level_is_shown(data_file, tmp_path):
    for path in data_file("medical/cmu-dicom-wsi").iterdir():
        if "555" not in path.name:
            shutil.copy(path, tmp_path)
    source = open_file(tmp_path / "level_2220x2967.dcm")
    assert len(source.levels) == 4
    assert render_tile(source, source.pixel_grid, 2, 1, 1, style=Style()).pixels.std() > 10


def test_tile_with_buffer_shows_its_neighbours(pyramid):
    first = render_tile(pyramid, pyramid.pixel_grid, 2, 0, 0, style=Style())
    wide = render_tile(pyramid, pyramid.pixel_grid, 2, 0, 0, style=Style(), buffer=8)
    assert first is not None
    assert wide is not None
    assert wide.alpha is not None
    assert wide.pixels.shape == (272, 272, 3)
    assert np.abs(wide.pixels[8:264, 8:264].astype(int) - first.pixels).max() <= 2
    assert not wide.alpha[:8].any()
    assert not wide.alpha[:, :8].any()
    assert wide.alpha[8:, 8:].all()


def test_tile_of_values_ends_with_the_picture(pyramid):
    """The last tile holds 232 x 188 of the image's 1000 x 700 pixels."""
    grid = pyramid.pixel_grid
    content = value_tile([pyramid], grid, (2, 3, 2), style=Style(), target=NPY)
    shown = render_tile(pyramid, grid, 2, 3, 2, style=Style())
    with pytest.raises(OutsideBounds):
        value_tile([pyramid], grid, (2, 4, 2), style=Style(), target=NPY)
    values = np.load(io.BytesIO(content))
    assert shown is not None
    assert values[3, :188, :232].all()
    assert not values[3, 188:].any()
    assert not values[3, :, 232:].any()
    difference = np.moveaxis(values[:3, :188, :232], 0, 2).astype(int) - shown.pixels[:188, :232]
    assert np.abs(difference).max() <= 2
