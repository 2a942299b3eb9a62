"""Copies of remote files: fetched once, named by content, bounded, gone on with; and what is read from them."""

import base64
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from osgeo import gdal

from tests.services.file_server import FileServer
from tests.tiles.rasters import Recipe, write
from tests.tiles.slides import write_ome, write_pyramid
from tests.tiles.test_outside_names import HDF5
from tiles.errors import RenderTimeout, SourceNotFound, SourceUnreadable, TooLarge
from tiles.rendering.tile import render_whole
from tiles.sources import copies
from tiles.sources.copies import CopySettings, configure_copies, local_copy
from tiles.sources.drivers import open_dataset
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source
from tiles.sources.subdatasets import subdatasets, with_subdataset
from tiles.styling.style import Style, parse_style

FETCH = """
import sys
from tiles.sources.copies import CopySettings, configure_copies, local_copy
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.reference import SourceRef
configure_gdal()
configure_copies(CopySettings(folder=sys.argv[1]))
print(local_copy(SourceRef(sys.argv[2], version="1")))
"""
SIZE = 300_000


@pytest.fixture(autouse=True)
def settings_of_copies(tmp_path: Path) -> Iterator[CopySettings]:
    before = copies._settings[0]
    configure_copies(CopySettings(folder=str(tmp_path / "copies")))
    yield copies._settings[0]
    configure_copies(before)
    gdal.VSICurlClearCache()


def put(server: FileServer, name: str, content: bytes = b"") -> SourceRef:
    (server.folder / name).write_bytes(content or bytes(range(256)) * (SIZE // 256))
    return SourceRef(f"/vsicurl/{server.url}/{name}", version="1")


def remote(path: Path, server: FileServer, *, driver: str = "") -> SourceRef:
    return SourceRef(f"/vsicurl/{server.url}/{path.name}", version="1", name=path.name, driver=driver)


def test_copy_is_the_file_and_is_fetched_once(file_server):
    ref = put(file_server, "a.svs")
    path = Path(local_copy(ref))
    assert path.name == "a.svs"
    assert path.read_bytes() == (file_server.folder / "a.svs").read_bytes()
    asked = len(file_server.requests)
    assert local_copy(ref) == str(path)
    assert len(file_server.requests) == asked


def test_copy_of_another_version_is_another(file_server):
    old = Path(local_copy(put(file_server, "a.svs", b"old")))
    put(file_server, "a.svs", b"newer")
    new = Path(local_copy(SourceRef(f"/vsicurl/{file_server.url}/a.svs", version="2")))
    assert (old.read_bytes(), new.read_bytes()) == (b"old", b"newer")


def test_copy_that_several_processes_want_is_fetched_by_one(file_server, tmp_path):
    ref = put(file_server, "a.svs")
    command = [sys.executable, "-c", FETCH, str(tmp_path / "copies"), ref.location]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    paths = {process.communicate(timeout=60)[0].strip() for process in running}
    assert len(paths) == 1
    bodies = [each for each in file_server.requests if each.method == "GET" and each.range]
    assert len([each for each in bodies if each.range.startswith("bytes=0-")]) == 1


def test_copy_is_gone_on_with_after_a_time_limit(file_server, monkeypatch):
    ref = put(file_server, "a.svs")
    monkeypatch.setattr(copies, "CHUNK", 100_000)
    looked = iter(range(100))

    def end_soon(_until: float) -> None:
        if next(looked) == 2:
            raise RenderTimeout("as if")

    monkeypatch.setattr(copies, "_check_time", end_soon)
    with pytest.raises(RenderTimeout):
        local_copy(ref)
    seen = len(file_server.requests)
    assert Path(local_copy(ref)).read_bytes() == (file_server.folder / "a.svs").read_bytes()
    starts = [int(each.range[6:].split("-")[0]) for each in file_server.requests[seen:] if each.range]
    assert min(starts) > 150_000


def test_copy_takes_no_longer_than_its_time(file_server):
    with pytest.raises(RenderTimeout):
        local_copy(put(file_server, "a.svs"), seconds=-1)


def test_copies_are_bounded_the_longest_unused_going_first(file_server, settings_of_copies):
    configure_copies(CopySettings(folder=settings_of_copies.folder, total_bytes=2 * SIZE + 1000))
    first, second, third = (put(file_server, f"{name}.svs") for name in "abc")
    paths = [Path(local_copy(ref)) for ref in (first, second)]
    local_copy(first)
    local_copy(third)
    assert [path.exists() for path in paths] == [True, False]


def test_image_beyond_the_limit_is_not_copied(file_server, settings_of_copies):
    configure_copies(CopySettings(folder=settings_of_copies.folder, image_bytes=SIZE - 1000))
    with pytest.raises(TooLarge, match="299,000"):
        local_copy(put(file_server, "a.svs"))
    assert not list(Path(settings_of_copies.folder).rglob("*.svs*"))


def test_file_that_vanished_is_not_found(file_server):
    with pytest.raises(SourceNotFound):
        local_copy(SourceRef(f"/vsicurl/{file_server.url}/none.svs", version="1"))


@pytest.mark.parametrize("name", ["../a.svs", "a/b", "..", "", "a\0b"])
def test_sibling_elsewhere_is_refused(file_server, name):
    ref = put(file_server, "a.svs")
    with pytest.raises(SourceUnreadable):
        local_copy(SourceRef(ref.location, version="1", siblings=(name,)))


def test_remote_slide_shows_what_the_local_one_does(file_server, data_file):
    path = file_server.folder / "slide.svs"
    path.write_bytes((data_file("medical/CMU-1-Small-Region.svs")).read_bytes())
    for driver in ("", "openslide"):
        found = open_source(remote(path, file_server, driver=driver))
        assert found.reader == "openslide"
        shown, expected = (render_whole(each, style=Style(), side=200) for each in (found, open_source(_local(path))))
        assert (shown.colors == expected.colors).all()


def _local(path: Path) -> SourceRef:
    return SourceRef(str(path), version="1")


def test_remote_ome_of_several_files_is_read_with_its_companions(file_server):
    first = write_ome(file_server.folder / "first.ome.tif", z=2, companion="second.ome.tif")
    second = write_ome(file_server.folder / "second.ome.tif", z=2)
    ref = remote(first, file_server, driver="ometiff")
    with pytest.raises(SourceNotFound, match=second.name):
        open_source(ref)
    source = open_source(SourceRef(ref.location, version="1", driver="ometiff", siblings=(second.name,)))
    assert render_whole(source, style=parse_style({"z": "1"}), side=64).colors[0, 0, 0] == 20


def test_remote_picture_is_read_in_place(file_server, settings_of_copies):
    path = write(Recipe(), file_server.folder / "scene.tif")
    open_source(remote(Path(path), file_server))
    pyramid = write_pyramid(file_server.folder / "plain.tif")
    source = open_source(remote(pyramid, file_server, driver="GTiff"))
    assert not source.is_geospatial
    (file_server.folder / "junk.bin").write_bytes(b"junk" * 100)
    with pytest.raises(SourceUnreadable):
        open_source(remote(file_server.folder / "junk.bin", file_server))
    assert not Path(settings_of_copies.folder).exists()


@pytest.mark.parametrize("name", ["a.h5", "a.nc", "a.tif"])
def test_remote_hdf5_with_data_in_another_file_is_refused(file_server, name):
    put(file_server, name, zlib.decompress(base64.b85decode(HDF5)))
    for driver in ("", "netCDF", "HDF5"):
        with pytest.raises(SourceUnreadable, match="other files"):
            open_dataset(SourceRef(f"/vsicurl/{file_server.url}/{name}", version="1", driver=driver))


def test_remote_netcdf_is_read_from_a_copy_by_variable(file_server, tmp_path):
    plain = write(Recipe(size=64, overviews=False), tmp_path / "plain.tif")
    path = file_server.folder / "cube.nc"
    gdal.Translate(str(path), str(plain), format="netCDF", creationOptions=["FORMAT=NC4"])
    ref = remote(path, file_server)
    assert "Band1" in subdatasets(ref)
    found = open_source(with_subdataset(ref, "Band1"))
    expected = open_source(with_subdataset(_local(path), "Band1"))
    # One copy, whichever variable is asked for.
    assert len(list(Path(copies._settings[0].folder).rglob("cube.nc"))) == 1
    assert (found.dataset.ReadAsArray() == expected.dataset.ReadAsArray()).all()
