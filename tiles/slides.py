"""Whole-slide and other pictures without a place on Earth, read by large-image's sources.

large-image's `style` is never handed on: its `function` key runs any Python callable.
"""

import importlib
import threading
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .drivers import REMOTE_PREFIXES, check_location, explain_failure
from .errors import InvalidParameter, SourceNotFound, SourceUnreadable
from .grids import Grid, TileArea, pixel_grid
from .references import SourceRef
from .statistics import BandStatistics, summarize

# What an open slide costs besides decoded tiles.
OPEN_SLIDE_BYTES = 4 * 2**20
# Pixels of the longer side of the picture that statistics are taken from.
STATISTICS_SIDE = 1024

_CLASSES = {
    "openslide": ("large_image_source_openslide", "OpenslideFileTileSource"),
    "ometiff": ("large_image_source_ometiff", "OMETiffFileTileSource"),
    "dicom": ("large_image_source_dicom", "DICOMFileTileSource"),
    "tiff": ("large_image_source_tiff", "TiffFileTileSource"),
    "pil": ("large_image_source_pil", "PILFileTileSource"),
}
# large-image's readers share state while they open files.
_opening = threading.Lock()


class SlideSource:
    """A picture in pixel space that large-image reads."""

    is_geospatial = False

    def __init__(self, ref: SourceRef, tile_source: Any, *, reader: str) -> None:
        self.ref = ref
        self.reader = reader
        self.tile_source = tile_source
        metadata = tile_source.getMetadata()
        self.metadata: dict[str, Any] = metadata
        self.width: int = metadata["sizeX"]
        self.height: int = metadata["sizeY"]

    @cached_property
    def pixel_grid(self) -> Grid:
        return pixel_grid(self.width, self.height)

    @cached_property
    def estimated_bytes(self) -> int:
        return OPEN_SLIDE_BYTES

    @cached_property
    def sample(self) -> npt.NDArray[Any]:
        """A small copy of the whole picture, raw values (rows, columns, bands)."""
        return self.read(TileArea(0, 0, self.width, self.height, 1, 1), side=STATISTICS_SIDE)

    @property
    def band_count(self) -> int:
        """Bands with values; an alpha channel isn't one."""
        return int(self.sample.shape[2]) - self.has_alpha

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.sample.dtype

    def check_band(self, index: int) -> None:
        """Raises InvalidParameter when there is no such band."""
        if not 1 <= index <= self.band_count:
            raise InvalidParameter(f"Band {index} doesn't exist: the image has {self.band_count}")

    @property
    def has_alpha(self) -> bool:
        return self.sample.shape[2] in (2, 4) and self.sample.dtype == np.uint8

    @cached_property
    def statistics(self) -> tuple[BandStatistics | None, ...]:
        if len(self.ref.statistics) >= self.band_count and all(self.ref.statistics):
            return self.ref.statistics
        total = self.sample.shape[0] * self.sample.shape[1]
        return tuple(summarize(self.sample[:, :, i].ravel(), total=total) for i in range(self.band_count))

    def read(self, area: TileArea, *, side: int = 0) -> npt.NDArray[Any]:
        """Raw values (rows, columns, bands) of the part of ``area`` that the picture covers, at the area's scale.

        ``side``: instead, at most so many pixels a side. Raises SourceCorrupt.
        """
        right, bottom = min(self.width, area.box[2]), min(self.height, area.box[3])
        left, top = max(0.0, area.x0), max(0.0, area.y0)
        region = {"left": left, "top": top, "width": right - left, "height": bottom - top, "units": "base_pixels"}
        output = {
            "maxWidth": side or max(1, round((right - left) / area.dx)),
            "maxHeight": side or max(1, round((bottom - top) / area.dy)),
        }
        try:
            pixels, _ = self.tile_source.getRegion(region=region, output=output, format="numpy")
        except Exception as error:
            raise explain_failure(self.ref, error) from error
        return np.atleast_3d(pixels)


def open_slide(ref: SourceRef, readers: Iterable[str]) -> SlideSource:
    """Open with the first of ``readers`` that can. Raises SourceNotFound, SourceUnreadable."""
    check_location(ref.location)
    name = ref.name or Path(ref.location).name
    if ref.location.startswith("/vsi"):
        where = "a remote file" if ref.location.startswith(REMOTE_PREFIXES) else "a virtual one"
        raise SourceUnreadable(f"{name} is {where}; slides are read from local ones")
    if not Path(ref.location).exists():
        raise SourceNotFound(f"{name} is no longer where it was")
    for reader in readers:
        module, class_name = _CLASSES[reader]
        try:
            with _opening:
                tile_source = getattr(importlib.import_module(module), class_name)(ref.location, noCache=True)
            return SlideSource(ref, tile_source, reader=reader)
        except Exception:  # noqa: BLE001, S112 -- each reader has errors of its own, some of them bare
            continue
    raise SourceUnreadable(f"{name} is not in a format that can be read here")
