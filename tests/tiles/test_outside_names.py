"""Files that name other files, which GDAL and HDF5 would open: no picture of them is ever had."""

import base64
import zlib
from pathlib import Path

import pytest
from osgeo import gdal

from catalog.extraction import extract
from catalog.extraction.result import ExtractionError
from tiles.errors import SourceUnreadable
from tiles.sources.drivers import open_dataset
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.reference import SourceRef

SECRET = bytes(range(256)) * 16
PDS = """PDS_VERSION_ID = PDS3
RECORD_TYPE = FIXED_LENGTH
RECORD_BYTES = 64
FILE_RECORDS = 64
^IMAGE = ("../secret.bin", 1)
OBJECT = IMAGE
 LINES = 64
 LINE_SAMPLES = 64
 SAMPLE_TYPE = UNSIGNED_INTEGER
 SAMPLE_BITS = 8
END_OBJECT = IMAGE
END
"""
ISIS3 = """Object = IsisCube
  Object = Core
    ^Core = ../secret.bin
    StartByte = 1
    Format = BandSequential
    Group = Dimensions
      Samples = 64
      Lines = 64
      Bands = 1
    End_Group
    Group = Pixels
      Type = UnsignedByte
      ByteOrder = Lsb
      Base = 0.0
      Multiplier = 1.0
    End_Group
  End_Object
End_Object
End
"""
VRT = """<VRTDataset rasterXSize="64" rasterYSize="64"><VRTRasterBand dataType="Byte" band="1"
subClass="VRTRawRasterBand"><SourceFilename relativeToVRT="0">{secret}</SourceFilename></VRTRasterBand></VRTDataset>"""
# One dataset of 16 x 16 bytes, kept in /etc/passwd; zlib's, in base 85.
HDF5 = (
    "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvfHn5`dVe$!3nh{EOK<O1sFmXn(oCH){5NbZUx{x4OSCH!eXaHtU1`CAdU>F4>5qP*d27u@YC?A$ePcWgX"
    "t3XSS9u(Tk$iN0MixI}xfY3~gDDJ>TGXq(SP(CA43T6e;AU+cl#2|K{xr|UXpd4d>E4?$q#34C~nGv2-7*Q1l&@>(-(84)@1y!AXYDuzwL1J-nc"
    "?y^x?C0+S@)yiM3e2Nvnj8QCq0Bn8"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the hostile file goes; what it is after lies above."""
    configure_gdal()
    (tmp_path / "secret.bin").write_bytes(SECRET)
    (tmp_path / "upload").mkdir()
    return tmp_path / "upload"


def _refuse(path: Path, *, siblings: tuple[str, ...] = ()) -> None:
    with pytest.raises(SourceUnreadable):
        open_dataset(SourceRef(location=str(path), version="1", siblings=siblings))
    with pytest.raises(ExtractionError):
        extract(str(path), name=path.name, siblings=siblings)


@pytest.mark.parametrize(("name", "label"), [("a.lbl", PDS), ("a.cub", ISIS3)])
def test_label_that_names_another_file_is_refused(folder, name, label):
    (folder / name).write_text(label)
    _refuse(folder / name)


def test_tiff_that_names_its_overviews_is_refused(folder):
    path = folder / "a.tif"
    _write(path, {"OVERVIEW_FILE": VRT.format(secret=folder.parent / "secret.bin")}, "OVERVIEWS")
    _refuse(path)


def test_side_file_that_names_overviews_is_refused(folder):
    import large_image.tilesource.geo  # noqa: F401  By its environment, GDAL would read no side file.

    path = folder / "a.tif"
    _write(path, {}, "")
    (folder / "a.tif.aux.xml").write_text(
        '<PAMDataset><Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">../secret.bin</MDI></Metadata></PAMDataset>'
    )
    _refuse(path, siblings=("a.tif.aux.xml",))


@pytest.mark.parametrize("suffix", [".ovr", ".msk"])
def test_overviews_and_masks_that_are_no_tiff_are_refused(folder, suffix):
    path = folder / "a.tif"
    _write(path, {}, "")
    (folder / f"a.tif{suffix}").write_text(VRT.format(secret=folder.parent / "secret.bin"))
    _refuse(path, siblings=(f"a.tif{suffix}",))


def test_overviews_that_name_their_own_are_refused(folder):
    path = folder / "a.tif"
    _write(path, {}, "")
    _write(folder / "b.tif", {"OVERVIEW_FILE": "../secret.bin"}, "OVERVIEWS")
    (folder / "b.tif").rename(folder / "a.tif.ovr")
    _refuse(path, siblings=("a.tif.ovr",))


def _write(path: Path, metadata: dict[str, str], domain: str) -> None:
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 128, 128, 1)
    if metadata:
        dataset.SetMetadata(metadata, domain)


@pytest.mark.parametrize("name", ["a.h5", "a.nc"])
def test_hdf5_with_data_in_another_file_is_refused(folder, name):
    (folder / name).write_bytes(zlib.decompress(base64.b85decode(HDF5)))
    _refuse(folder / name)
