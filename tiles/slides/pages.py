"""Read OME-TIFFs that large-image refuses page by page: palettes, strips, planes in several files.

`PagedSource` has as much of large-image's tile source as `tiles.slides.source` asks for.
"""

from collections import OrderedDict
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from osgeo import gdal

from tiles.errors import SourceNotFound, SourceUnreadable
from tiles.slides.ome import OmeImage, Plane, parse_ome
from tiles.sources.drivers import open_raster
from tiles.sources.ranges import Content

DESCRIPTION = "TIFFTAG_IMAGEDESCRIPTION"
# Pages kept open: the channels of a composite and a few steps of focus.
OPEN_PAGES = 16
MILLIMETRE = 1000.0


class PagedSource:
    """Read an OME-TIFF, one plane a page. Belongs to one thread at a time."""

    def __init__(self, path: str) -> None:
        self.path = Path(path)
        dataset = _open(path)
        self.ome = _description(dataset, self.path.name)
        self.sizeX: int = dataset.RasterXSize
        self.sizeY: int = dataset.RasterYSize
        self.bands: int = dataset.RasterCount
        self._open_pages: OrderedDict[Plane, Any] = OrderedDict()
        self._content: Content | None = None
        for name in {plane.file for plane in self.ome.planes if plane.file}:
            self._companion(name)

    def read_from(self, content: Content) -> None:
        """Read pixels of the remote file from now on; the one at `path` is a sparse file of its headers."""
        self._content = content

    @property
    def frames(self) -> Any:
        return self.ome.frames

    def getMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        width, height = self.ome.pixel_size
        scale = {
            "magnification": None,
            "mm_x": width / MILLIMETRE if width else None,
            "mm_y": height / MILLIMETRE if height else None,
        }
        names = self.ome.frames.channels
        entries = [
            {"Frame": frame, "Index": z * self.ome.frames.t + t, "IndexZ": z, "IndexT": t, "IndexC": c}
            | ({"Channel": names[c]} if names[c] else {})
            for frame, (z, t, c) in enumerate(self.ome.frames.places)
        ]
        size = {"sizeX": self.sizeX, "sizeY": self.sizeY, "levels": 1}
        return {**size, **scale, "frames": entries, "channels": list(names)}

    def getInternalMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        return {"ome": self.getMetadata()}

    def getAssociatedImagesList(self) -> list[str]:  # noqa: N802 -- large-image's name
        return []

    def getRegion(  # noqa: N802 -- large-image's name
        self, *, output: dict[str, int], region: dict[str, Any] | None = None, frame: int = 0, **_: Any
    ) -> tuple[npt.NDArray[Any], str]:
        """Return (rows, columns, bands) of a region in base pixels, not larger than the output, its aspect kept."""
        region = region or {"left": 0, "top": 0, "width": self.sizeX, "height": self.sizeY}
        left, top = int(region["left"]), int(region["top"])
        right = min(self.sizeX, int(np.ceil(region["left"] + region["width"])))
        bottom = min(self.sizeY, int(np.ceil(region["top"] + region["height"])))
        width, height = max(1, right - left), max(1, bottom - top)
        scale = min(1.0, output["maxWidth"] / width, output["maxHeight"] / height)
        with self._content.asked_for() if self._content else nullcontext():
            pixels = _read(self._page(frame), left, top, width, height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size != (width, height):
            # OpenCV averages no signed bytes.
            kind = pixels.dtype
            wide = pixels.astype(np.int16) if kind == np.int8 else pixels
            pixels = np.atleast_3d(cv2.resize(wide, size, interpolation=cv2.INTER_AREA)).astype(kind)
        return pixels, "numpy"

    def _page(self, frame: int) -> Any:
        plane = self.ome.planes[frame]
        if plane not in self._open_pages:
            own = self._content.location if self._content else self.path
            path = self._companion(plane.file) if plane.file else own
            self._open_pages[plane] = _open(f"GTIFF_DIR:{plane.directory + 1}:{path}")
        self._open_pages.move_to_end(plane)
        while len(self._open_pages) > OPEN_PAGES:
            self._open_pages.popitem(last=False)
        return self._open_pages[plane]

    def _companion(self, name: str) -> Path:
        """Open another file of the series, beside this one. Raises SourceNotFound, SourceUnreadable."""
        if Path(name).name != name or name in {"", ".", ".."}:
            raise SourceUnreadable("The OME-TIFF names a file outside its folder")
        path = self.path.parent / name
        if not path.is_file():
            raise SourceNotFound(f"{name}, which holds planes of {self.path.name}, is missing")
        return path


def _open(name: str) -> Any:
    try:
        # Else it is looked beside the file where on Earth it lies.
        return open_raster(name, allowed_drivers=["GTiff"], open_options=("GEOREF_SOURCES=NONE",))
    except RuntimeError as error:
        raise SourceUnreadable("A page of the OME-TIFF can't be opened") from error


def _description(dataset: Any, name: str) -> OmeImage:
    text = dataset.GetMetadataItem(DESCRIPTION) or ""
    if "<OME" not in text:
        raise SourceUnreadable("The TIFF is not an OME-TIFF")
    return parse_ome(text, own_name=name)


def _read(dataset: Any, left: int, top: int, width: int, height: int) -> npt.NDArray[Any]:
    pixels = dataset.ReadAsArray(left, top, width, height)
    if dataset.GetRasterBand(1).GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE") == "SIGNEDBYTE":
        # How GDAL before 3.7 tells of it.
        pixels = pixels.view(np.int8)
    elif dataset.GetRasterBand(1).DataType == getattr(gdal, "GDT_Int8", -1):
        pixels = pixels.astype(np.int8)
    return np.ascontiguousarray(pixels[:, :, None] if pixels.ndim == 2 else np.moveaxis(pixels, 0, 2))
