"""Slides on a server: the same as on a local disk, by few requests, of one content; others are copied."""

import itertools
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from tests.real_data import DataFile
from tests.services.file_server import FileServer
from tests.tiles.slides import write_jpeg2000_svs, write_pyramid, write_tiled_ome
from tiles.errors import SourceCorrupt, SourceUnreachable, SourceUnreadable, TooLarge
from tiles.geo.grids import TileArea
from tiles.regions.description import describe
from tiles.rendering.tile import render_tile, render_whole
from tiles.slides import ranged
from tiles.slides.native_tiff import pieces, read_pieces
from tiles.slides.pixel_regions import associated_picture
from tiles.slides.source import SlideSource
from tiles.slides.tiff_directories import MOST_DIRECTORIES, read_directories
from tiles.slides.tile import render_slide_area, untouched_tile
from tiles.sources import copies, ranges
from tiles.sources.conditions import asking, condition_of
from tiles.sources.copies import CopySettings, configure_copies
from tiles.sources.ranges import Content, content_at
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.styling.painting import Picture
from tiles.styling.style import Style, parse_style

SVS, OME = "CMU-1-Small-Region.svs", "cmu-1-small-region-pyramid.ome.tif"
PLAIN, BIG = "plain.tif", "big.tif"
SLIDES = [(SVS, "openslide"), (SVS, ""), (OME, "ometiff"), (PLAIN, "openslide"), (PLAIN, "tiff"), (BIG, "tiff")]


@pytest.fixture(autouse=True)
def copies_folder(tmp_path: Path) -> Iterator[Path]:
    before = copies._settings[0]
    configure_copies(CopySettings(folder=str(tmp_path / "copies")))
    yield tmp_path / "copies"
    configure_copies(before)
    gdal.VSICurlClearCache()


def publish(server: FileServer, name: str, data_file: DataFile) -> Path:
    path = server.folder / name
    if name in {PLAIN, BIG}:
        return write_pyramid(path, big=name == BIG)
    shutil.copyfile(data_file(f"medical/{name}"), path)
    return path


def open_remote(server: FileServer, name: str, driver: str) -> SlideSource:
    source = open_source(SourceRef(f"/vsicurl/{server.url}/{name}", version="1", name=name, driver=driver))
    assert isinstance(source, SlideSource)
    return source


def open_both(server: FileServer, path: Path, driver: str) -> tuple[SlideSource, SlideSource]:
    local = open_source(SourceRef(str(path), version="1", name=path.name, driver=driver))
    assert isinstance(local, SlideSource)
    return open_remote(server, path.name, driver), local


def every_tile(source: SlideSource) -> Iterator[tuple[int, int, int]]:
    for z, matrix in enumerate(source.pixel_grid.matrices):
        across, down = (
            -(-side // round(matrix.tile_size * matrix.cell_size)) for side in (source.width, source.height)
        )
        yield from ((z, x, y) for x, y in itertools.product(range(across), range(down)))


def is_copied(folder: Path, path: Path) -> bool:
    """Whether the whole file is there. A sparse file of a small one has all of its bytes, too."""
    found = [copy for copy in folder.rglob(path.name) if not (copy.parent / ranges.FINISHED).exists()]
    return any(copy.read_bytes() == path.read_bytes() for copy in found)


def same(one: Picture | None, other: Picture | None) -> bool:
    assert one is not None
    assert other is not None
    alphas = [np.zeros(0) if each.alpha is None else each.alpha for each in (one, other)]
    return np.array_equal(one.pixels, other.pixels) and np.array_equal(alphas[0], alphas[1])


@pytest.mark.parametrize(("name", "driver"), SLIDES)
def test_remote_slide_is_the_local_one_tile_by_tile(file_server, data_file, copies_folder, name, driver):
    path = publish(file_server, name, data_file)
    remote, local = open_both(file_server, path, driver)
    assert remote.reader == local.reader
    assert describe(remote) == describe(local)
    assert remote.metadata == local.metadata
    grid = local.pixel_grid
    assert remote.pixel_grid == grid
    for tile in every_tile(local):
        own = untouched_tile(local, grid, tile, style=Style(), size=0)
        assert untouched_tile(remote, grid, tile, style=Style(), size=0) == own
        assert own or same(*(render_tile(each, grid, *tile, style=Style()) for each in (remote, local)))
    assert not is_copied(copies_folder, path)


def test_labels_of_remote_slide_are_the_local_ones(file_server, data_file, copies_folder):
    path = publish(file_server, SVS, data_file)
    remote, local = open_both(file_server, path, "openslide")
    assert remote.associated_names == ["label", "macro", "thumbnail"]
    for name in remote.associated_names:
        assert same(*(associated_picture(each, name, side=2000) for each in (remote, local)))
    assert not is_copied(copies_folder, path)


def test_labels_that_are_too_large_are_refused(file_server, data_file, monkeypatch):
    publish(file_server, SVS, data_file)
    monkeypatch.setattr(ranged, "ASSOCIATED_BYTES", 1000)
    with pytest.raises(TooLarge):
        associated_picture(open_remote(file_server, SVS, "openslide"), "label", side=100)


def test_internal_metadata_is_the_local_one_without_the_hash_of_pixels(file_server, data_file):
    remote, local = open_both(file_server, publish(file_server, SVS, data_file), "openslide")
    expected = {key: value for key, value in local.internal_metadata["openslide"].items() if "quickhash" not in key}
    assert remote.internal_metadata["openslide"] == expected


@pytest.mark.parametrize(("name", "driver", "opening"), [(SVS, "openslide", 4), (OME, "ometiff", 5)])
def test_first_tile_takes_a_handful_of_requests_and_the_next_one_each(file_server, data_file, name, driver, opening):
    publish(file_server, name, data_file)
    log = file_server.requests
    source = open_remote(file_server, name, driver)
    describe(source)
    assert len(log) == opening, log
    for tile in ((4, 3, 4), (4, 3, 5), (4, 4, 5)):
        seen = len(log)
        assert untouched_tile(source, source.pixel_grid, tile, style=Style(), size=0)
        assert len(log) <= seen + 1, log
    seen = len(log)
    # What the first one found is there for every process: the same is there still, and what kind of file it is.
    open_remote(file_server, name, driver)
    assert len(log) == seen + 2, log


def test_tiles_that_lie_together_are_read_by_one_request(file_server):
    path = write_pyramid(file_server.folder / PLAIN, width=4000, height=3000)
    source = open_remote(file_server, PLAIN, "tiff")
    seen = len(file_server.requests)
    # A quarter of the size: 4 x 3 tiles of that level.
    assert render_whole(source, style=Style(), side=1000) is not None
    assert len(file_server.requests) <= seen + 1
    assert path.stat().st_size > ranges.AHEAD


def test_pieces_are_read_in_runs():
    asked = []

    def read(offset: int, count: int) -> bytes:
        asked.append((offset, count))
        return bytes(each % 251 for each in range(offset, offset + count))

    wanted = [(0, 10), (10, 10), (30, 5), (1_000_000, 10), (40, 5)]
    found = list(read_pieces(wanted, read))
    assert found == [bytes(each % 251 for each in range(offset, offset + count)) for offset, count in wanted]
    assert asked == [(0, 35), (1_000_000, 10), (40, 5)]


PLANES = [("LZW", "planes.ome.tif"), ("JPEG", "planes.ome.tif"), ("", "multi-channel-z-series.ome.tif")]


@pytest.fixture
def _nothing_ahead(monkeypatch):
    """Nothing is in a sparse file by chance."""
    monkeypatch.setattr(ranges, "AHEAD", 4096)


@pytest.mark.usefixtures("_nothing_ahead")
@pytest.mark.parametrize(("codec", "name"), PLANES)
def test_planes_of_remote_ome_are_the_local_ones(file_server, data_file, tmp_path, copies_folder, codec, name):
    path = tmp_path / name
    if codec:
        write_tiled_ome(path, codec=codec)
    else:
        shutil.copyfile(data_file(f"medical/{name}"), path)
    shutil.move(path, file_server.folder)
    remote, local = open_both(file_server, file_server.folder / name, "ometiff")
    assert (describe(remote), remote.metadata) == (describe(local), local.metadata)
    for frame in range(local.frames.count):
        style = parse_style({"frame": str(frame)})
        for tile in every_tile(local):
            assert same(*(render_tile(each, local.pixel_grid, *tile, style=style) for each in (remote, local)))
    channels = parse_style({"c": "0,1", "z": "1", "rescale": "0,20000"})
    assert same(*(render_whole(each, style=channels, side=100) for each in (remote, local)))
    assert remote.statistics == local.statistics
    assert not is_copied(copies_folder, file_server.folder / name)


@pytest.mark.usefixtures("_nothing_ahead")
def test_remote_slide_of_jpeg_2000_is_the_local_one(file_server, copies_folder):
    path = write_jpeg2000_svs(file_server.folder / "slide.svs")
    remote, local = open_both(file_server, path, "openslide")
    assert (describe(remote), remote.metadata) == (describe(local), local.metadata)
    assert describe(remote)["magnification"] == 20
    for tile in every_tile(local):
        assert same(*(render_tile(each, local.pixel_grid, *tile, style=Style()) for each in (remote, local)))
    assert same(*(render_whole(each, style=Style(), side=600) for each in (remote, local)))
    assert not is_copied(copies_folder, path)


@pytest.mark.usefixtures("_nothing_ahead")
def test_tile_of_a_plane_takes_one_request(file_server, tmp_path):
    shutil.move(write_tiled_ome(tmp_path / "planes.ome.tif", codec="NONE"), file_server.folder)
    source = open_remote(file_server, "planes.ome.tif", "ometiff")
    describe(source)
    for query, size in (({"z": "1", "c": "CD4"}, 128), ({"z": "0", "c": "CD4"}, 128)):
        seen = len(file_server.requests)
        area = TileArea(128, 256, 1, 1, size, size)
        assert render_slide_area(source, area, style=parse_style(query | {"rescale": "0,40000"})) is not None
        assert len(file_server.requests) <= seen + 1


@pytest.mark.usefixtures("_nothing_ahead")
def test_tile_of_a_replaced_file_is_not_shown(file_server, tmp_path):
    planes = Path(shutil.move(write_tiled_ome(tmp_path / "planes.ome.tif", codec="NONE"), file_server.folder))
    slide = write_jpeg2000_svs(file_server.folder / "slide.svs")
    for path, driver, query in ((planes, "ometiff", {"z": "1"}), (slide, "openslide", {})):
        source = open_remote(file_server, path.name, driver)
        path.write_bytes(bytes(path.stat().st_size))
        with pytest.raises(SourceUnreachable):
            render_whole(source, style=parse_style(query), side=600)


def test_slide_that_was_replaced_is_not_mixed_with_the_new_one(file_server, data_file):
    path = publish(file_server, SVS, data_file)
    source = open_remote(file_server, SVS, "openslide")
    write_pyramid(path)
    with pytest.raises(SourceUnreachable):
        render_whole(source, style=Style(), side=200)
    with pytest.raises(SourceUnreachable):
        associated_picture(source, "label", side=100)
    new, local = open_both(file_server, path, "tiff")
    assert (new.width, new.height) == (1000, 700)
    assert same(*(render_whole(each, style=Style(), side=200) for each in (new, local)))
    with pytest.raises(SourceUnreachable):
        render_whole(source, style=Style(), side=100)


def test_condition_is_the_strongest_that_the_server_gives():
    date = "Sat, 28 Nov 2026 06:24:58 GMT"
    assert condition_of('"a"', date) == 'If-Match: "a"'
    assert condition_of('W/"a"', date) == f"If-Unmodified-Since: {date}"
    assert condition_of("", "") == ""


def test_condition_is_sent_beside_what_the_site_sends(file_server, data_file):
    publish(file_server, SVS, data_file)
    gdal.SetConfigOption("GDAL_HTTP_HEADERS", "X-Site: 1")
    try:
        with asking('If-Match: "a"'):
            assert gdal.GetConfigOption("GDAL_HTTP_HEADERS") == 'X-Site: 1,"If-Match: \\"a\\""'
        assert gdal.GetThreadLocalConfigOption("GDAL_HTTP_HEADERS") is None
        assert open_remote(file_server, SVS, "openslide").levels
    finally:
        gdal.SetConfigOption("GDAL_HTTP_HEADERS", None)


def test_page_without_counts_has_no_tiles(file_server):
    content = _tiff((256, 4, 1, 64), (257, 4, 1, 64), (322, 4, 1, 64), (323, 4, 1, 64), (324, 4, 1, 8))
    (file_server.folder / PLAIN).write_bytes(content)
    (page,) = read_directories(lambda offset, count: content[offset : offset + count])
    assert pieces(page) == pieces(page, [0, 5]) == []
    with pytest.raises(SourceUnreadable):
        open_remote(file_server, PLAIN, "openslide")


def test_slide_of_other_tiles_is_copied(file_server, tmp_path, copies_folder):
    draft = write_pyramid(tmp_path / PLAIN)
    options = ["TILED=YES", "COMPRESS=LZW", "COPY_SRC_OVERVIEWS=YES"]
    gdal.Translate(str(file_server.folder / PLAIN), str(draft), creationOptions=options)
    remote, local = open_both(file_server, file_server.folder / PLAIN, "tiff")
    assert not remote.levels
    assert same(*(render_whole(each, style=Style(), side=200) for each in (remote, local)))
    assert is_copied(copies_folder, file_server.folder / PLAIN)


def test_slide_that_takes_too_many_requests_is_copied(file_server, data_file, copies_folder, monkeypatch):
    path = publish(file_server, SVS, data_file)
    monkeypatch.setattr(ranges, "MOST_REQUESTS", 2)
    assert open_remote(file_server, SVS, "openslide").levels
    assert is_copied(copies_folder, path)


def test_slide_whose_server_knows_no_versions_is_copied(file_server, data_file, copies_folder, monkeypatch):
    path = publish(file_server, SVS, data_file)
    monkeypatch.setattr(ranges, "condition_of", lambda _etag, _modified: "")
    assert open_remote(file_server, SVS, "openslide").levels
    assert is_copied(copies_folder, path)


def test_tile_beyond_the_end_of_the_file_is_corrupt(file_server):
    path = write_pyramid(file_server.folder / PLAIN)
    content = bytearray(path.read_bytes())
    page = read_directories(lambda offset, count: bytes(content[offset : offset + count]))[0]
    offsets = page.text(324)
    place = content.index(offsets)
    # The last tile of the finest level; the first one is looked at when the slide is opened.
    content[place + len(offsets) - 4 : place + len(offsets)] = struct.pack("<I", 2**32 - 2)
    path.write_bytes(content)
    for source in open_both(file_server, path, "tiff"):
        with pytest.raises(SourceCorrupt):
            render_tile(source, source.pixel_grid, 2, 3, 2, style=Style())


def _tiff(*entries: tuple[int, int, int, int], after: int = 0) -> bytes:
    """One directory at byte 8: (tag, type, count, value or its place)."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + struct.pack("<I", after)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 no TIFF at all",
        b"II*\0",
        b"II*\0" + bytes(12),
        _tiff(),  # ends within its directory, of which it needs a part more
        _tiff((324, 4, 2**32 - 1, 8)),
        _tiff((324, 16, 2**31, 8)),
        _tiff((256, 3, 1, 1), after=2**32 - 1),
        b"II*\0\x08\0\0\0\xff\xff" + bytes(100_000),
        b"II+\0\x08\0\0\0" + (2**63).to_bytes(8, "little"),
    ],
)
def test_directories_of_a_broken_file_are_refused(content):
    if content == _tiff():
        content = content[:-1]
    with pytest.raises(SourceUnreadable):
        read_directories(lambda offset, count: content[offset : offset + count])


def test_directories_that_lead_in_a_circle_are_read_once():
    content = _tiff((256, 3, 1, 7), (330, 4, 1, 8), after=8)
    (page,) = read_directories(lambda offset, count: content[offset : offset + count])
    assert (page.number(256), page.children) == (7, ())


def test_directories_without_end_are_refused():
    def read(offset: int, count: int) -> bytes:
        # Each one leads to the next, for ever.
        place = (offset - 8) // 6
        chain = b"II*\0\x08\0\0\0" if offset == 0 else struct.pack("<HI", 0, 8 + 6 * (place + 1))
        return chain[(offset - 8) % 6 if offset else 0 :][:count].ljust(min(count, 8), b"\0")

    with pytest.raises(SourceUnreadable, match="no end"):
        read_directories(read)
    assert MOST_DIRECTORIES < 100_000


def test_content_ends_where_its_file_does(file_server):
    (file_server.folder / "a.bin").write_bytes(b"0123456789")
    content = content_at(SourceRef(f"/vsicurl/{file_server.url}/a.bin", version="1"))
    assert isinstance(content, Content)
    assert (content.read(7, 100), content.read(10, 1), content.read(2**40, 1)) == (b"789", b"", b"")
