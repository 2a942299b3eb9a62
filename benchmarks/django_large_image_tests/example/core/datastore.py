"""The sample files of django-large-image's tests: its own where its repository has it, else ones of the same kind."""

from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image, TiffImagePlugin

FOLDER = Path(__file__).resolve().parents[2]
SIDE = 512
OME = """<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">
<Image ID="Image:0" Name="drawn"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" SizeX="512" SizeY="512"
SizeC="3" SizeZ="1" SizeT="1"><Channel ID="Channel:0:0" Name="DNA" SamplesPerPixel="1"/>
<Channel ID="Channel:0:1" Name="CD4" SamplesPerPixel="1"/><Channel ID="Channel:0:2" Name="CD8" SamplesPerPixel="1"/>
<TiffData IFD="0" FirstC="0"/><TiffData IFD="1" FirstC="1"/><TiffData IFD="2" FirstC="2"/>
</Pixels></Image></OME>"""


def _waves(count: int) -> np.ndarray:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    bands = [np.sin(6 * columns + i) * np.cos(5 * rows - i) * 127 + 128 for i in range(count)]
    return np.stack(bands, axis=2).astype(np.uint8)


def _write_photograph(path: Path) -> None:
    Image.fromarray(_waves(3)).save(path, "JPEG")


def _write_ome(path: Path) -> None:
    planes = [Image.fromarray(np.ascontiguousarray(_waves(3)[:, :, i])) for i in range(3)]
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = OME
    planes[0].save(path, "TIFF", save_all=True, append_images=planes[1:], tiffinfo=tags)


def _write_header(path: Path) -> None:
    path.write_text("ENVI\nsamples = 50\nlines = 50\nbands = 3\ndata type = 1\ninterleave = bip\n")


class Datastore:
    writers: ClassVar = {".jpg": _write_photograph, ".tif": _write_ome, ".hdr": _write_header}

    def fetch(self, name: str) -> str:
        path = FOLDER / name
        if not path.exists():
            self.writers[path.suffix](path)
        return str(path)


datastore = Datastore()
