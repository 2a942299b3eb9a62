"""Read DICOM images that aren't whole-slide series by pydicom: radiographs, slices, multi-frame stacks.

`DicomImage` has as much of large-image's tile source as `tiles.slides.source` asks for.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tiles.errors import SourceUnreadable, TooLarge
from tiles.limits import current_limits
from tiles.slides.ome import MOST_PLANES


class DicomImage:
    """Read one DICOM file, and keep the frame read last decoded. Belongs to one thread at a time."""

    def __init__(self, path: str) -> None:
        import pydicom  # noqa: PLC0415 -- takes a third of a second, and few files are DICOM
        from pydicom.errors import InvalidDicomError  # noqa: PLC0415

        self.path = path
        try:
            self.header = pydicom.dcmread(path, stop_before_pixels=True)
            self.sizeX, self.sizeY = int(self.header.Columns), int(self.header.Rows)
        except (InvalidDicomError, AttributeError, OSError) as error:
            raise SourceUnreadable("The file is no DICOM image") from error
        self.frame_count = int(self.header.get("NumberOfFrames") or 1)
        if not 1 <= self.frame_count <= MOST_PLANES:
            raise SourceUnreadable(f"The DICOM file counts {self.frame_count} frames; 1-{MOST_PLANES} can be read")
        if self.sizeX * self.sizeY > current_limits().read_pixels:
            raise TooLarge(f"A DICOM frame of {self.sizeX} x {self.sizeY} pixels is not tiled, and too large at once")
        self._decoded: tuple[int, npt.NDArray[Any]] | None = None

    @property
    def is_inverted(self) -> bool:
        """Return whether the lowest value is meant to be white."""
        return str(self.header.get("PhotometricInterpretation", "")) == "MONOCHROME1"

    def getMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        spacing = self.header.get("PixelSpacing") or self.header.get("ImagerPixelSpacing") or (None, None)
        rows, columns = (float(each) if each else None for each in spacing)
        document = {"sizeX": self.sizeX, "sizeY": self.sizeY, "levels": 1, "magnification": None}
        entries = [{"Frame": number, "Index": number, "IndexZ": number} for number in range(self.frame_count)]
        return {**document, "mm_x": columns, "mm_y": rows} | ({"frames": entries} if self.frame_count > 1 else {})

    def getInternalMetadata(self) -> dict[str, Any]:  # noqa: N802 -- large-image's name
        """Return the file's own words on the image, without those on the patient."""
        kept = ("Modality", "Rows", "Columns", "NumberOfFrames", "BitsStored", "PhotometricInterpretation")
        return {"dicom": {name: str(self.header.get(name)) for name in kept if name in self.header}}

    def getAssociatedImagesList(self) -> list[str]:  # noqa: N802 -- large-image's name
        return []

    def getRegion(  # noqa: N802 -- large-image's name
        self, *, output: dict[str, int], region: dict[str, Any] | None = None, frame: int = 0, **_: Any
    ) -> tuple[npt.NDArray[Any], str]:
        """Return (rows, columns, bands) of a region in base pixels, not larger than the output, its aspect kept."""
        pixels = self._frame(frame)
        region = region or {"left": 0, "top": 0, "width": self.sizeX, "height": self.sizeY}
        left, top = int(region["left"]), int(region["top"])
        right, bottom = (
            int(np.ceil(region["left"] + region["width"])),
            int(np.ceil(region["top"] + region["height"])),
        )
        part = pixels[top : max(top + 1, bottom), left : max(left + 1, right)]
        height, width = part.shape[:2]
        scale = min(1.0, output["maxWidth"] / width, output["maxHeight"] / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size != (width, height):
            part = np.atleast_3d(cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA))
        return np.ascontiguousarray(part), "numpy"

    def _frame(self, number: int) -> npt.NDArray[Any]:
        if self._decoded is None or self._decoded[0] != number:
            self._decoded = (number, self._decode(number))
        return self._decoded[1]

    def _decode(self, number: int) -> npt.NDArray[Any]:
        from pydicom.pixels.utils import pixel_array  # noqa: PLC0415 -- as above

        pixels = pixel_array(self.path, index=number)
        pixels = np.atleast_3d(pixels)
        # OpenCV resizes no 32-bit integers.
        return pixels.astype(np.float32) if pixels.dtype.itemsize > 2 and pixels.dtype.kind in "ui" else pixels
