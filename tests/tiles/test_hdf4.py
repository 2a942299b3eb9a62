"""HDF4 files whose elements lie in other files, which its library would open: no picture of them is ever had."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from catalog.extraction import extract
from catalog.extraction.result import ExtractionError
from tests.services.file_server import FileServer
from tiles.errors import SourceUnreadable
from tiles.sources import copies
from tiles.sources.copies import CopySettings, configure_copies
from tiles.sources.drivers import open_dataset
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.reference import SourceRef

SIDE = 64
SECRET = bytes(range(256)) * (SIDE * SIDE // 256)
# The tag of an element that holds the pixels, and where a file's first block of descriptors begins.
SCIENTIFIC_DATA = 702
FIRST_BLOCK = 4


@pytest.fixture
def plain(tmp_path: Path) -> bytes:
    """Return an ordinary HDF4 file, as GDAL writes it."""
    configure_gdal()
    path = tmp_path / "plain.hdf"
    dataset = gdal.GetDriverByName("HDF4Image").Create(str(path), SIDE, SIDE, 1)
    dataset.GetRasterBand(1).WriteArray(np.full((SIDE, SIDE), 7, "u1"))
    del dataset
    return path.read_bytes()


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.bin"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def _copies(tmp_path: Path) -> Iterator[None]:
    before = copies._settings[0]
    configure_copies(CopySettings(folder=str(tmp_path / "copies")))
    yield
    configure_copies(before)
    gdal.VSICurlClearCache()


def _hostile(plain: bytes, secret: Path, *, moved: bool = False) -> bytes:
    """Return the file with its pixels in another one; `moved`: as the second of two blocks of descriptors says."""
    content = bytearray(plain)
    name = str(secret).encode()
    element = struct.pack(">hiii", 2, len(SECRET), 0, len(name)) + name
    (count,) = struct.unpack_from(">H", content, FIRST_BLOCK)
    places = (FIRST_BLOCK + 6 + 12 * index for index in range(count))
    place = next(each for each in places if struct.unpack_from(">H", content, each) == (SCIENTIFIC_DATA,))
    (reference,) = struct.unpack_from(">H", content, place + 2)
    descriptor = struct.pack(">HHII", SCIENTIFIC_DATA | 0x4000, reference, len(content), len(element))
    content += element
    if moved:
        struct.pack_into(">I", content, FIRST_BLOCK + 2, len(content))
        content[place : place + 12] = struct.pack(">HHII", 1, 0, 0, 0)
        return bytes(content + struct.pack(">HI", 1, 0) + descriptor)
    content[place : place + 12] = descriptor
    return bytes(content)


def _refuse(path: Path, *, because: str) -> None:
    with pytest.raises(SourceUnreadable, match=because):
        open_dataset(SourceRef(location=str(path), version="1"))
    with pytest.raises(ExtractionError, match=because) as refused:
        extract(str(path), name=path.name)
    assert refused.value.code == "unsupported_format"


@pytest.mark.parametrize("moved", [False, True])
def test_hdf4_with_an_element_in_another_file_is_refused(plain, secret, tmp_path, moved):
    path = tmp_path / "a.hdf"
    path.write_bytes(_hostile(plain, secret, moved=moved))
    # What there is to refuse: GDAL by itself shows the other file.
    assert gdal.Open(str(path)).ReadAsArray().tobytes() == SECRET
    _refuse(path, because="other files")


@pytest.mark.parametrize("driver", ["", "HDF4", "HDF4Image"])
def test_ordinary_hdf4_is_read(plain, tmp_path, driver):
    path = tmp_path / "a.hdf"
    path.write_bytes(plain)
    assert (open_dataset(SourceRef(str(path), version="1", driver=driver)).ReadAsArray() == 7).all()
    assert extract(str(path), name=path.name)


@pytest.mark.usefixtures("_copies")
@pytest.mark.parametrize("driver", ["", "HDF4"])
def test_hdf4_on_a_server_is_read_from_a_copy_or_refused(plain, secret, file_server: FileServer, driver):
    for name, content in (("plain.hdf", plain), ("hostile.hdf", _hostile(plain, secret))):
        (file_server.folder / name).write_bytes(content)
    ref = SourceRef(f"/vsicurl/{file_server.url}/plain.hdf", version="1", driver=driver)
    assert np.all(open_dataset(ref).ReadAsArray() == 7)
    with pytest.raises(SourceUnreadable, match="other files"):
        open_dataset(SourceRef(f"/vsicurl/{file_server.url}/hostile.hdf", version="1", driver=driver))


@pytest.mark.parametrize(
    ("place", "patch"),
    [
        pytest.param(FIRST_BLOCK + 2, struct.pack(">I", FIRST_BLOCK), id="chain that leads back"),
        pytest.param(FIRST_BLOCK + 2, b"\xff\xff\xff\xf0", id="block beyond the end"),
        pytest.param(FIRST_BLOCK, b"\xff\xff", id="more descriptors than bytes"),
        pytest.param(FIRST_BLOCK, b"\0\0", id="no descriptors"),
    ],
)
def test_hdf4_with_a_damaged_directory_is_refused(plain, tmp_path, place, patch):
    path = tmp_path / "a.hdf"
    path.write_bytes(plain[:place] + patch + plain[place + len(patch) :])
    _refuse(path, because="directory")


@pytest.mark.parametrize("size", [4, 9, 100])
def test_truncated_hdf4_is_refused(plain, tmp_path, size):
    path = tmp_path / "a.hdf"
    path.write_bytes(plain[:size])
    _refuse(path, because="incomplete")
