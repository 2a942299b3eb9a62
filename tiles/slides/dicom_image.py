"""Read DICOM images that aren't whole-slide series by pydicom: radiographs, slices, multi-frame stacks.

`DicomImage` has as much of large-image's tile source as `tiles.slides.source` asks for.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.errors import SourceUnreadable, TooLarge
from tiles.limits import current_limits
from tiles.slides.levels import Level, Part, Pyramid, Window
from tiles.slides.ome import MOST_PLANES
from tiles.styling.planes import Frames


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

    @property
    def pyramid(self) -> Pyramid:
        places = tuple((number, 0, 0) for number in range(self.frame_count))
        return Pyramid(
            levels=(Level(self.sizeX, self.sizeY, (1.0, 1.0), self._read),),
            frames=Frames(self.frame_count, self.frame_count, 1, ("",), (), places),
            is_inverted=self.is_inverted,
        )

    def _read(self, frame: int, window: Window) -> Part:
        pixels = self._frame(frame)
        return Part(pixels[window.top : window.top + window.height, window.left : window.left + window.width])

    def _frame(self, number: int) -> npt.NDArray[Any]:
        if self._decoded is None or self._decoded[0] != number:
            self._decoded = (number, self._decode(number))
        return self._decoded[1]

    def _decode(self, number: int) -> npt.NDArray[Any]:
        from pydicom.pixels.utils import pixel_array  # noqa: PLC0415 -- as above

        return np.atleast_3d(pixel_array(self.path, index=number))
