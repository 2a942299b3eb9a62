"""HDF5 files with virtual datasets and links into other files: refused. Honest ones with much the same are read."""

import base64
import zlib

import numpy as np
import pytest
from osgeo import gdal

from catalog.extraction import extract
from catalog.extraction.result import ExtractionError
from tiles.errors import SourceUnreadable
from tiles.sources import copies
from tiles.sources.copies import CopySettings, configure_copies
from tiles.sources.drivers import open_dataset
from tiles.sources.external_files import check_file
from tiles.sources.gdal_env import configure_gdal
from tiles.sources.reference import SourceRef

# As h5py 3.16 writes them, each of /etc/passwd: a virtual dataset, in the oldest and the newest version of the format;
# a link in its group's header; many, which lie in a heap. zlib's, in base 85.
VIRTUAL = (
    "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvf7$ng6P>=wn8KHCslwQFE6K4d=LA5goLd{247ZT*^3R3+a4Z!R%V1dva45MHq0uNWm01zDk<-"
    "=0x2_{r^DTyVC$m!98LVFn**dS&x!uT2xnu!s`9k^&_Ad3;oXGBWDtUwyXXJUpJ!~xa8!VF8|5Y<9ZE{GR7kvE%xp<+PeA=uB~1(c&<`A~s*G;NN"
    "8Q7}}2yR*L!BT|6{D>uU!&?<KQ)RJWVg2dwD@)SrR%Zwxm0!&DJ2{b+k@I&$BiXAHuq8<FBaWD!-!6+C7qhJ(_f>AIEM!_f;1*2dT&>8>$Y(hC9"
)
VIRTUAL_LATEST = (
    "c-rmNyJ`YK6b9h`%&cbFxEE4|kVdfIyh3o3tRM(>DVJzv6Hw7WUSK;@`4V<MkdI>Abw;KUEF=*4KNt>k=FEj@PMK$~Vek-W--op~aDSXXnf!BE-V"
    "E|=sIXLbZlM(@2+)ji2;Qie6<d4c3$9~5|8CV!Xuto26L&zQ11KeunA&quw@}weJ@e5xyjtJ-5#VW<U#QnM_*Z(J)eb~NM3;E$4*KGBM=|-"
    "nEwG7nJo`vLi|KSRLe<)#oyCf(T5FY4%4`%Qr}*`_iQIcvG5?;3h=_=Yi0H5U0&%)D*8"
)
LINK = (
    "c-rgqaB<`1lHy_j0S*oZ76t(ZWbhvfDwt9EF!=;1%?PDCp!5nRm^ceqP68?}05x9$YF-"
    "3XJS51~71?}rdq%;?1|F`C0m$iv14^G@LRAM#hXGWwmkFM7v8PNfpi3B$)Uz=tK-|IMz?5Pj%)p?ZT9T|^kXT$?p2DD?l30=mQ3n8ptUpx"
)
LINKS_IN_HEAP = (
    "c-"
    "rgqaB<`1lHy|K;9!7(|4>lE2H_h(#XXMA{pj!E62!zP!pI~95(!|0$UK75Tuclg))$5m3G$nQgxrEW0vOnV93}<<28<A03gvS!K^f>Y6z~vfBMXv"
    "FNE9dl=@J&0m~o8ed8ZH$7Y0_4I&PpyibfO@%nq0>i}(*`xCH}MF)T$f3qd373t*@K+5wY^g4!g-"
    "fJ%qI{b%kJ;^W4^>XegF#;_eIB+X!>rM;Hn5}2uRdd_wRd!QLI3|F7bILzP;7M)#v=P&~YBZ&FpW7aW-"
    "w_wrjcB`*4G=iDue`eeTr$%Xp6%{ugGl+tj9d_MM8I-|>ZJ4S2i6IRv>K(S~AHy6lQ(Iori(wSd8Mp-pyTTJXBQRw}gVM|)JAN}a4;LqR(E$QgN-"
    "s|^ayT%h7zi^k=%<z>>lY*z7ni3n=%*x>Br<@d3~@^t;g&MSEoFjR$`rSh8Ez?a+)@^}r7UqtF{c<B;E}@~9zy~E06eg#k^"
)
HOSTILE = {"virtual": VIRTUAL, "virtual, newest": VIRTUAL_LATEST, "link": LINK, "links in a heap": LINKS_IN_HEAP}


@pytest.fixture(params=HOSTILE)
def hostile(request: pytest.FixtureRequest) -> bytes:
    configure_gdal()
    return zlib.decompress(base64.b85decode(HOSTILE[request.param]))


@pytest.mark.parametrize("name", ["a.h5", "a.nc", "a.tif"])
def test_file_that_names_another_is_refused_under_any_name(tmp_path, hostile, name):
    path = tmp_path / name
    path.write_bytes(hostile)
    with pytest.raises(SourceUnreadable):
        open_dataset(SourceRef(location=str(path), version="1"))
    with pytest.raises(ExtractionError):
        extract(str(path), name=name)


@pytest.mark.parametrize("block", [512, 1024, 4096])
def test_file_that_begins_later_is_refused(tmp_path, hostile, block):
    path = tmp_path / "a.h5"
    path.write_bytes(bytes(block) + hostile)
    with pytest.raises(SourceUnreadable):
        check_file(str(path))


def test_remote_file_that_names_another_is_refused(tmp_path, monkeypatch, hostile, file_server):
    monkeypatch.setattr(copies, "_settings", [CopySettings()])
    configure_copies(CopySettings(folder=str(tmp_path / "copies")))
    (file_server.folder / "a.h5").write_bytes(hostile)
    with pytest.raises(SourceUnreadable):
        open_dataset(SourceRef(location=f"/vsicurl/{file_server.url}/a.h5", version="1"))


def test_heap_that_cannot_be_searched_is_refused(tmp_path):
    content = zlib.decompress(base64.b85decode(LINKS_IN_HEAP))
    place = content.index(b"FRHP") + 7
    path = tmp_path / "a.h5"
    path.write_bytes(content[:place] + b"\x0c\0" + content[place + 2 :].replace(b"passwd", bytes(6)))
    with pytest.raises(SourceUnreadable):
        check_file(str(path))


def test_honest_netcdf_of_any_bytes_is_read(tmp_path):
    """Numbers that look like messages' headers, over and over, in a file that has heaps of its own."""
    configure_gdal()
    path = tmp_path / "a.nc"
    pixels = np.random.default_rng(7).integers(0x0300, 0x0410, (1500, 1500)).astype(np.uint16)
    dataset = gdal.GetDriverByName("netCDF").Create(str(path), 1500, 1500, 1, gdal.GDT_UInt16, ["FORMAT=NC4"])
    dataset.SetMetadataItem("words", "GCOL and HEAP, FRHP too")
    dataset.GetRasterBand(1).WriteArray(pixels)
    del dataset
    check_file(str(path))
    shown = open_dataset(SourceRef(location=str(path), version="1")).ReadAsArray()
    assert np.array_equal(np.sort(shown, axis=None), np.sort(pixels, axis=None))
