"""Texts that name other files, under whatever name: OpenSlide isn't given them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog.extraction import extract
from catalog.extraction.result import ExtractionError
from tiles.errors import SourceUnreadable
from tiles.slides.readers import open_slide
from tiles.sources import copies
from tiles.sources.copies import CopySettings, configure_copies
from tiles.sources.reference import SourceRef
from tiles.sources.registry import open_source

TEXT = """[Virtual Microscope Specimen]
NoLayers=1
NoJpegColumns=1
NoJpegRows=1
ImageFile={file}
MapFile={file}
SourceLens=20
PhysicalWidth=1000000
PhysicalHeight=1000000
PhysicalMacroWidth=100
PhysicalMacroHeight=100
"""
NAMES = ("a.vms", "a.vmu", "a.tif", "a.svs", "a.dcm", "a", "a.mrxs", "a.vsf", "a.jpg")


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """Return the relative name, from the folder of uploads, of a JPEG that OpenSlide would show."""
    noise = np.random.default_rng(1).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "secret.jpg", quality=90, restart_marker_blocks=4, subsampling=0)
    (tmp_path / "upload").mkdir()
    return "../secret.jpg"


def _refuse(path: Path) -> None:
    with pytest.raises(SourceUnreadable):
        open_source(SourceRef(location=str(path), version="1"))
    with pytest.raises(SourceUnreadable):
        open_slide(SourceRef(location=str(path), version="1", driver="openslide"), ("openslide",))
    with pytest.raises(ExtractionError):
        extract(str(path), name=path.name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("before", ["", "\n\n", "# a comment\n", "\ufeff"])
def test_text_that_names_a_picture_is_refused(tmp_path, secret, name, before):
    path = tmp_path / "upload" / name
    path.write_text(before + TEXT.format(file=secret))
    _refuse(path)


def test_text_that_is_marked_as_dicom_is_refused(tmp_path, secret):
    text = TEXT.format(file=secret).encode()
    head, rest = text[: text.index(b"SourceLens")], text[text.index(b"SourceLens") :]
    path = tmp_path / "upload" / "a.dcm"
    path.write_bytes(head + b"#" * (127 - len(head)) + b"\n#"[:1] + b"DICM=1\n" + rest)
    assert path.read_bytes()[128:132] == b"DICM"
    _refuse(path)


def test_remote_file_that_becomes_a_text_is_refused(tmp_path, secret, monkeypatch, file_server):
    monkeypatch.setattr(copies, "_settings", [CopySettings()])
    configure_copies(CopySettings(folder=str(tmp_path / "copies")))
    (file_server.folder / "a.svslide").write_text(TEXT.format(file=secret))
    ref = SourceRef(location=f"/vsicurl/{file_server.url}/a.svslide", version="1", driver="openslide")
    with pytest.raises(SourceUnreadable):
        open_slide(ref, ("openslide",))


def test_directory_of_dicom_files_is_refused(tmp_path):
    path = tmp_path / "DICOMDIR"
    path.write_bytes(bytes(128) + b"DICM" + b"\x02\0\x02\0UI\x14\x001.2.840.10008.1.3.10" + bytes(300))
    _refuse(path)
