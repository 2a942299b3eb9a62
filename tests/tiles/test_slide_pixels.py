"""Slides' own pixels, scales, planes and colors, as other readers of the same files have them."""

import io
import json

import numpy as np
import pytest
import tifffile
from osgeo import gdal
from PIL import Image, ImageCms, ImageOps

from tests.tiles.slides import write_pyramid
from tests.tiles.test_ranged_slides import copies_folder  # noqa: F401  A fixture.
from tiles.errors import InvalidParameter
from tiles.geo.grids import TileArea
from tiles.limits import DEFAULT_LIMITS
from tiles.regions.description import describe
from tiles.rendering.tile import render_whole
from tiles.slides.iiif import parse_size
from tiles.slides.levels import Level, Part, fit, read_levels, stated_scale
from tiles.slides.pixel_regions import PixelBox
from tiles.slides.tile import untouched_tile
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.style import Style, parse_style

CORNERS = {(0, 0): (220, 20, 30), (0, 1): (20, 200, 40), (1, 0): (30, 40, 220), (1, 1): (250, 240, 60)}


def open_file(path):
    return open_source(SourceRef(str(path), version="1"))


def scene(height: int = 200, width: int = 300) -> np.ndarray:
    """Draw a color in each quarter."""
    picture = np.zeros((height, width, 3), np.uint8)
    for (down, across), color in CORNERS.items():
        rows = slice(0, height // 2) if not down else slice(height // 2, height)
        columns = slice(0, width // 2) if not across else slice(width // 2, width)
        picture[rows, columns] = color
    return picture


def swapped_profile() -> bytes:
    """Return sRGB's profile with the colorants of red and green exchanged."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = profile.replace(b"rXYZ", b"????", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"????", b"gXYZ", 1)
    return bytes(profile)


def corners(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    return picture[[5, 5, height - 6, height - 6], [5, width - 6, 5, width - 6]].astype(int)


@pytest.mark.parametrize("kind", ["int8", "uint16", "int16", "uint32", "int32", "float32", "float64"])
def test_values_of_any_type_are_averaged_in_their_own(tmp_path, kind):
    rows, columns = np.mgrid[:200, :300]
    values = ((rows + columns) / 4 - (40 if kind.startswith("i") else 0)).astype(kind)
    if kind in {"uint32", "int32"}:
        values = values * np.array(1000, kind)
    path = tmp_path / "plane.ome.tif"
    tifffile.imwrite(
        path, np.stack([values, values]), metadata={"axes": "CYX"}, tile=(128, 128), photometric="minisblack"
    )
    source = open_file(path)
    assert (source.dtype, source.frames.count) == (np.dtype(kind), 2)
    part = source.read(TileArea(0, 0, 2, 2, 150, 100))
    expected = values.astype(np.float64).reshape(100, 2, 150, 2).mean(axis=(1, 3))
    assert part.dtype == np.dtype(kind)
    assert np.abs(part[:, :, 0] - expected).max() <= (1000 if "32" in kind and kind != "float32" else 1)
    assert source.band_statistics(1).minimum == pytest.approx(float(values.min()), abs=1)


def test_missing_and_infinite_values_have_no_part_in_averages():
    pixels = np.array([[[1.0], [3.0], [5.0], [100.0]]], np.float32)
    alpha = np.array([[255, 255, 255, 0]], np.uint8)
    averaged = fit(Part(pixels, alpha), 2, 1)
    assert averaged.pixels[0, :, 0].tolist() == [2.0, 5.0]
    level = Level(4, 1, (1.0, 1.0), lambda _frame, _window: Part(np.array([[[1.0], [np.nan], [np.inf], [4.0]]])))
    part = read_levels([level], (0, 0, 4, 1), (4, 1))
    assert part.alpha.tolist() == [[255, 0, 0, 255]]
    assert np.isfinite(part.pixels).all()


@pytest.mark.parametrize(
    ("stated", "base", "size", "scale"),
    [(4.0003, 768, 256, 4), (2.0, 768, 512, 2), (16.09, 2220, 138, 16), (3.0, 900, 300, 3), (2.5, 500, 200, 2.5)],
)
def test_scale_is_what_the_file_states_not_what_padding_makes_of_it(stated, base, size, scale):
    assert stated_scale(stated, base, size) == scale


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["tif", "jpg"])
def test_picture_is_shown_as_its_orientation_says(tmp_path, orientation, suffix):
    picture, path = scene(), tmp_path / f"turned.{suffix}"
    exif = Image.Exif()
    exif[274] = orientation
    if suffix == "tif":
        tags = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, picture, photometric="rgb", tile=(64, 64), metadata=None, extratags=tags)
    else:
        Image.fromarray(picture).save(path, quality=95, exif=exif)
    image = Image.fromarray(picture)
    image.getexif()[274] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    source = open_file(path)
    assert (source.height, source.width) == expected.shape[:2]
    shown = render_whole(source, style=Style(), side=300)
    assert np.abs(corners(shown.colors) - corners(expected)).max() < 12
    values, _ = source.read_pixels([(3, 4)], [1], style=Style())[0]
    assert abs(int(values[0]) - int(expected[4, 3, 0])) < 12


def test_tiles_of_a_turned_slide_are_not_handed_on(tmp_path):
    path = write_pyramid(tmp_path / "slide.tif")
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        assert not tiff.pages.first.tags.get(274)
    tifffile.imwrite(
        path, scene(512, 512), photometric="rgb", compression="jpeg", tile=(256, 256), metadata=None,
        extratags=[(274, "H", 1, 3, True)],
    )  # fmt: skip
    source = open_file(path)
    assert not source.has_native_tiles
    assert untouched_tile(source, source.pixel_grid, (1, 0, 0), style=Style(), size=0) == b""
    shown = render_whole(source, style=Style(), side=512).colors
    assert np.abs(shown[5, 5].astype(int) - CORNERS[1, 1]).max() < 20


@pytest.mark.parametrize("codec", ["jpeg", "deflate", "none"])
def test_tile_that_the_file_leaves_out_is_transparent(tmp_path, codec):
    path = tmp_path / "slide.tif"
    compression = None if codec == "none" else codec
    tifffile.imwrite(path, scene(256, 384), photometric="rgb", compression=compression, tile=(128, 128), metadata=None)
    with tifffile.TiffFile(path, mode="r+b") as tiff:
        tag = tiff.pages.first.tags[325]
        tag.overwrite((*tag.value[:4], 0, *tag.value[5:]))
    source = open_file(path)
    shown = render_whole(source, style=Style(), side=384)
    assert shown.alpha[200, 200] == 0
    assert (shown.alpha == 0).mean() == pytest.approx(1 / 6, abs=0.01)
    assert np.abs(shown.colors[5, 5].astype(int) - CORNERS[0, 0]).max() < 12
    # Statistics are of what is there.
    assert source.band_statistics(3).minimum > 0


@pytest.mark.parametrize("writer", ["jpeg-tiff", "deflate-tiff", "jpg", "png"])
def test_colors_are_those_of_the_profile_whatever_the_codec(tmp_path, writer):
    profile, picture = swapped_profile(), scene(256, 256)
    path = tmp_path / ("picture." + writer.rpartition("-")[2].replace("tiff", "tif"))
    if writer.endswith("tiff"):
        codec = writer.partition("-")[0]
        tifffile.imwrite(
            path, picture, photometric="rgb", compression=codec, tile=(256, 256), metadata=None, iccprofile=profile
        )
    else:
        Image.fromarray(picture).save(path, icc_profile=profile, quality=95)
    source = open_file(path)
    shown = render_whole(source, style=Style(), side=256).colors
    assert np.abs(shown[5, 5].astype(int) - (20, 220, 30)).max() < 40
    plain = render_whole(source, style=parse_style({"icc": "0"}), side=256).colors
    assert np.abs(plain[5, 5].astype(int) - CORNERS[0, 0]).max() < 12
    # Values are the file's.
    assert abs(int(source.read(TileArea(5, 5, 1, 1, 1, 1))[0, 0, 0]) - 220) < 12


@pytest.mark.usefixtures("copies_folder")
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_picture_on_a_server_has_its_colors_and_orientation(file_server, suffix):
    exif = Image.Exif()
    exif[274] = 6
    path = file_server.folder / f"picture.{suffix}"
    Image.fromarray(scene()).save(path, exif=exif, icc_profile=swapped_profile(), quality=95)
    source = open_source(SourceRef(f"/vsicurl/{file_server.url}/{path.name}", version=suffix, name=path.name))
    assert (source.width, source.height) == (200, 300)
    # Red at the upper right, once turned, which the profile shows as green.
    assert np.abs(render_whole(source, style=Style(), side=300).colors[5, 190].astype(int) - (20, 220, 30)).max() < 40


def test_native_tile_carries_its_profile(tmp_path):
    path = tmp_path / "slide.tif"
    tifffile.imwrite(
        path, scene(512, 512), photometric="rgb", compression="jpeg", tile=(256, 256), metadata=None,
        iccprofile=swapped_profile(),
    )  # fmt: skip
    source = open_file(path)
    tile = untouched_tile(source, source.pixel_grid, (1, 0, 0), style=Style(), size=0)
    assert Image.open(io.BytesIO(tile)).info["icc_profile"] == swapped_profile()
    plain = untouched_tile(source, source.pixel_grid, (1, 0, 0), style=parse_style({"icc": "0"}), size=0)
    assert "icc_profile" not in Image.open(io.BytesIO(plain)).info


def test_profile_of_srgb_changes_nothing(tmp_path):
    path = tmp_path / "picture.jpg"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(scene()).save(path, icc_profile=profile)
    assert open_file(path).driver == "JPEG"


def test_pages_of_a_tiff_are_frames(tmp_path):
    path = tmp_path / "pages.tif"
    planes = np.stack([np.full((200, 300), 1000 * (number + 1), "u2") for number in range(3)])
    tifffile.imwrite(path, planes, photometric="minisblack", metadata=None, tile=(128, 128))
    source = open_file(path)
    assert describe(source)["frames"] == 3
    values = [source.read(TileArea(0, 0, 1, 1, 9, 9), frame=frame)[0, 0, 0] for frame in range(3)]
    assert values == [1000, 2000, 3000]


def test_stack_of_imagej_has_focus_channels_and_scale(tmp_path):
    path = tmp_path / "stack.tif"
    stack = np.arange(6, dtype="u2").reshape(3, 2, 1, 1) * np.ones((3, 2, 40, 60), "u2")
    tifffile.imwrite(path, stack, imagej=True, resolution=(4, 4), metadata={"axes": "ZCYX", "unit": "um"})
    source = open_file(path)
    found = describe(source)
    assert (found["z"], len(found["channels"]), found["pixel_size_um"]) == (3, 2, [0.25, 0.25])
    values = [
        render_whole(source, style=parse_style({"z": str(z), "c": str(c), "rescale": "0,255"}), side=60).colors[0, 0, 0]
        for z in range(3) for c in range(2)
    ]  # fmt: skip
    assert values == [0, 1, 2, 3, 4, 5]


def test_first_of_two_images_of_ome_is_shown(tmp_path):
    path = tmp_path / "two.ome.tif"
    with tifffile.TiffWriter(path, ome=True) as writer:
        writer.write(np.full((200, 300), 7, "u2"), metadata={"axes": "YX"})
        writer.write(np.full((100, 300), 9, "u2"), metadata={"axes": "YX"})
    source = open_file(path)
    assert (source.width, source.height, source.read(TileArea(0, 0, 1, 1, 3, 3)).max()) == (300, 200, 7)


def test_channels_of_ome_have_the_files_own_colors(tmp_path):
    path = tmp_path / "colors.ome.tif"
    planes = np.zeros((2, 40, 60), "u2")
    planes[0, :, :30], planes[1, :, 30:] = 1000, 1000
    channels = {"Name": ["A", "B"], "Color": [-16776961, 65535]}
    tifffile.imwrite(path, planes, metadata={"axes": "CYX", "Channel": channels}, photometric="minisblack")
    shown = render_whole(open_file(path), style=parse_style({"c": "0,1", "rescale": "0,1000"}), side=60).colors
    assert (shown[5, 5].tolist(), shown[5, 50].tolist()) == ([255, 0, 0], [0, 0, 255])


def test_white_is_zero_in_any_number_of_bits(tmp_path):
    ramp = np.tile(np.linspace(100, 4000, 300).astype("u2"), (200, 1))
    dark, light = [], []
    for number, (values, photometric) in enumerate([(ramp, "minisblack"), (65535 - ramp, "miniswhite")]):
        path = tmp_path / f"{number}.tif"
        tifffile.imwrite(path, values, photometric=photometric, metadata=None, tile=(128, 128))
        shown = render_whole(open_file(path), style=Style(), side=300).colors
        dark.append(int(shown[5, 5, 0]))
        light.append(int(shown[5, 290, 0]))
    assert max(dark) < 30
    assert min(light) > 220


@pytest.mark.parametrize(
    ("resolution", "unit", "size"),
    [((20000, 20000), "CENTIMETER", [0.5, 0.5]), ((50800, 25400), "INCH", [0.5, 1.0]), ((300, 300), "INCH", None)],
)
def test_resolution_of_a_tiff_is_the_size_of_a_pixel(tmp_path, resolution, unit, size):
    path = tmp_path / "plane.tif"
    tifffile.imwrite(path, np.zeros((50, 60), "u2"), resolution=resolution, resolutionunit=unit, metadata=None)
    assert describe(open_file(path)).get("pixel_size_um") == size


def test_tiff_of_a_codec_that_gdal_lacks_is_shown(tmp_path):
    path = tmp_path / "picture.tif"
    tifffile.imwrite(path, scene(), photometric="rgb", compression="jpeg2000", tile=(128, 128), metadata=None)
    shown = render_whole(open_file(path), style=Style(), side=300).colors
    assert np.abs(corners(shown) - corners(scene())).max() < 20


def test_avif_and_moving_webp_are_shown(tmp_path):
    Image.fromarray(scene()).save(tmp_path / "picture.avif", quality=90)
    shown = render_whole(open_file(tmp_path / "picture.avif"), style=Style(), side=300).colors
    assert np.abs(corners(shown) - corners(scene())).max() < 25
    frames = [Image.new("RGB", (40, 30), color) for color in ("red", "green", "blue")]
    frames[0].save(tmp_path / "moving.webp", save_all=True, append_images=frames[1:], duration=100)
    source = open_file(tmp_path / "moving.webp")
    assert describe(source)["t"] == 3
    shades = [render_whole(source, style=parse_style({"t": str(t)}), side=40).colors[5, 5].argmax() for t in range(3)]
    assert shades == [0, 1, 2]


def write_ngff(path, values: np.ndarray, *, third: bool) -> None:
    """Write an OME-Zarr of two channels, (channel, y, x), uncompressed, with names, colors and windows."""
    window = {"min": 0, "max": 65535, "start": 0, "end": 1000}
    channels = [{"label": name, "color": color, "window": window} for name, color in (("A", "FF0000"), ("B", "00FF00"))]
    axes = [{"name": "c", "type": "channel"}, *({"name": name, "type": "space"} for name in "yx")]
    scale = [{"type": "scale", "scale": [1, 0.5, 0.5]}]
    scales = [{"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}]
    ome: dict[str, object] = {"multiscales": scales, "omero": {"channels": channels}}
    kind, (_, height, width) = values.dtype.newbyteorder("<"), values.shape
    (path / "0").mkdir(parents=True)
    if third:
        group: dict[str, object] = {
            "zarr_format": 3,
            "node_type": "group",
            "attributes": {"ome": ome | {"version": "0.5"}},
        }
        grid = {"name": "regular", "configuration": {"chunk_shape": [1, height, width]}}
        array = {
            "zarr_format": 3, "node_type": "array", "shape": list(values.shape), "data_type": values.dtype.name,
            "chunk_grid": grid, "chunk_key_encoding": {"name": "default"}, "fill_value": 0,
            "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
        }  # fmt: skip
        documents: dict[str, object] = {"zarr.json": group, "0/zarr.json": array}
        key = "0/c/{}/0/0"
    else:
        array = {
            "zarr_format": 2, "shape": list(values.shape), "chunks": [1, height, width], "dtype": kind.str,
            "compressor": None, "filters": None, "fill_value": 0, "order": "C", "dimension_separator": "/",
        }  # fmt: skip
        documents = {".zgroup": {"zarr_format": 2}, ".zattrs": ome, "0/.zarray": array}
        key = "0/{}/0/0"
    for name, document in documents.items():
        (path / name).write_text(json.dumps(document))
    for number, plane in enumerate(values):
        chunk = path / key.format(number)
        chunk.parent.mkdir(parents=True, exist_ok=True)
        chunk.write_bytes(plane.astype(kind).tobytes())


@pytest.mark.parametrize("third", [False, True])
def test_ome_zarr_has_channels_colors_and_windows(tmp_path, third):
    values = np.zeros((2, 30, 40), "u2")
    values[0, :, :20], values[1, :, 20:] = 1000, 500
    write_ngff(tmp_path / "image.zarr", values, third=third)
    source = open_file(tmp_path / "image.zarr")
    assert (source.reader, describe(source)["channels"]) == ("zarr", ["A", "B"])
    assert describe(source)["pixel_size_um"] == [0.5, 0.5]
    shown = render_whole(source, style=parse_style({"c": "A,B"}), side=40).colors
    assert (shown[5, 5].tolist(), shown[5, 30].tolist()) == ([255, 0, 0], [0, 128, 0])
    assert render_whole(source, style=parse_style({"c": "B"}), side=40).colors[5, 30, 0] == 128


def test_codec_that_runs_what_it_decodes_is_refused(tmp_path):
    write_ngff(tmp_path / "image.zarr", np.zeros((2, 30, 40), "u2"), third=False)
    header = tmp_path / "image.zarr" / "0" / ".zarray"
    header.write_text(header.read_text().replace('"compressor": null', '"compressor": {"id": "pickle"}'))
    with pytest.raises(Exception, match="pickle"):
        open_file(tmp_path / "image.zarr").read(TileArea(0, 0, 1, 1, 4, 4))


@pytest.mark.parametrize(
    ("text", "size"), [("!4000,4000", (2048, 114)), ("^!9000,9000", (2048, 114)), ("!1000,1000", (1000, 56))]
)
def test_confined_size_is_within_the_servers_limit(text, size):
    assert parse_size(PixelBox(0, 0, 3600, 200), text, limits=DEFAULT_LIMITS) == size


def test_size_beyond_the_limit_is_refused():
    with pytest.raises(InvalidParameter):
        parse_size(PixelBox(0, 0, 3600, 200), "^4000,4000", limits=DEFAULT_LIMITS)


def test_picture_that_gdal_shows_well_is_gdals(tmp_path):
    Image.fromarray(scene()).save(tmp_path / "a.png")
    tifffile.imwrite(tmp_path / "a.tif", scene(), photometric="rgb", metadata=None)
    assert [open_file(tmp_path / name).driver for name in ("a.png", "a.tif")] == ["PNG", "GTiff"]
    assert gdal.GetDriverByName("PNG") is not None
