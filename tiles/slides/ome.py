"""Read the OME-XML in a TIFF: where each plane lies, what its channel is called, how large a pixel is."""

from dataclasses import dataclass
from itertools import product
from typing import Any
from xml.etree import ElementTree as ET

from tiles.errors import SourceUnreadable
from tiles.styling.planes import Frames

# Planes of one image. A screen of a million would take seconds to list.
MOST_PLANES = 100_000
MICROMETRES = {"µm": 1.0, "um": 1.0, "nm": 1e-3, "mm": 1e3, "cm": 1e4, "m": 1e6, "": 1.0}


@dataclass(frozen=True, slots=True)
class Plane:
    """Name a page (``directory``, from 0) of a file; an empty name is the file itself."""

    file: str
    directory: int


@dataclass(frozen=True, slots=True)
class OmeImage:
    frames: Frames
    planes: tuple[Plane, ...]
    # Micrometres; None where the file doesn't say.
    pixel_size: tuple[float | None, float | None]


def parse_ome(text: str, *, own_name: str) -> OmeImage:
    """Read the first image of an OME-XML block. Raises SourceUnreadable for one that isn't OME's.

    ``own_name``: of the file that holds the block. Entities, which can make XML grow without bound, are refused.
    """
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise SourceUnreadable("The file's OME-XML declares entities, which it has no need of")
    try:
        root = ET.fromstring(text)  # noqa: S314 -- entities were refused above
    except ET.ParseError:
        raise SourceUnreadable("The file's OME-XML is no XML") from None
    pixels = root.find(".//{*}Image/{*}Pixels")
    if pixels is None:
        raise SourceUnreadable("The file's OME-XML describes no pixels")
    try:
        return _image(pixels, own_name, own_uuid=root.get("UUID", ""))
    except (KeyError, ValueError):
        raise SourceUnreadable("The file's OME-XML lacks sizes, or has ones that are no numbers") from None


def files_of(text: str, *, own_name: str) -> list[str]:
    """Return the names of the files that hold an OME-TIFF's planes, in their order, each once.

    Of a file that has its metadata in another, that one alone. Raises SourceUnreadable.
    """
    if "<BinaryOnly" in text and "<!" not in text.replace("<!--", ""):
        try:
            found = ET.fromstring(text).find(".//{*}BinaryOnly")  # noqa: S314 -- entities were refused above
        except ET.ParseError:
            raise SourceUnreadable("The file's OME-XML is no XML") from None
        return [found.get("MetadataFile", "")] if found is not None and found.get("MetadataFile") else []
    return list(dict.fromkeys(plane.file or own_name for plane in parse_ome(text, own_name=own_name).planes))


def _image(pixels: Any, own_name: str, *, own_uuid: str) -> OmeImage:
    channels = pixels.findall("{*}Channel")
    samples = int(channels[0].get("SamplesPerPixel", 1)) if channels else 1
    sizes = {axis: int(pixels.attrib[f"Size{axis}"]) for axis in "ZTC"}
    sizes["C"] = max(1, sizes["C"] // max(1, samples))
    count = sizes["Z"] * sizes["T"] * sizes["C"]
    if min(sizes.values()) < 1 or count > MOST_PLANES:
        raise SourceUnreadable(f"The file's OME-XML counts {count} planes; 1-{MOST_PLANES} can be read")
    order = _order(pixels.get("DimensionOrder", "XYZCT"), sizes)
    planes = _planes(pixels, order, own_name, own_uuid=own_uuid)
    names = tuple(channel.get("Name", "") for channel in channels[: sizes["C"]])
    colors = tuple(_color(channel.get("Color", "")) for channel in channels[: sizes["C"]])
    places = tuple((place["Z"], place["T"], place["C"]) for place in order)
    frames = Frames(count, sizes["Z"], sizes["T"], names or ("",) * sizes["C"], colors, places)
    return OmeImage(frames, planes, (_micrometres(pixels, "X"), _micrometres(pixels, "Y")))


def _order(text: str, sizes: dict[str, int]) -> list[dict[str, int]]:
    """Return (Z, T, C) of each plane as the file counts them: the first letter after XY runs fastest."""
    axes = [axis for axis in text.upper() if axis in sizes]
    if sorted(axes) != sorted(sizes):
        axes = ["Z", "C", "T"]
    slowest_first = axes[::-1]
    return [
        dict(zip(slowest_first, numbers, strict=True))
        for numbers in product(*(range(sizes[axis]) for axis in slowest_first))
    ]


def _planes(pixels: Any, order: list[dict[str, int]], own_name: str, *, own_uuid: str) -> tuple[Plane, ...]:
    """Find where each plane lies; without `TiffData`, they follow each other in the file.

    A file keeps its UUID when it is renamed, and the name that its XML gives it becomes wrong.
    """
    found = [Plane("", number) for number in range(len(order))]
    numbers = {(place["Z"], place["T"], place["C"]): number for number, place in enumerate(order)}
    steps = 0
    for data in pixels.findall("{*}TiffData"):
        first = (int(data.get("FirstZ", 0)), int(data.get("FirstT", 0)), int(data.get("FirstC", 0)))
        if first not in numbers:
            continue
        uuid = data.find("{*}UUID")
        own = uuid is None or (uuid.text or "").strip() == own_uuid != ""
        file = "" if uuid is None or own else uuid.get("FileName") or ""
        directory = int(data.get("IFD", 0))
        # Without a count: one plane if a page is named, else all that follow.
        count = int(data.get("PlaneCount", 1 if "IFD" in data.attrib else len(order)))
        count = min(count, len(order) - numbers[first])
        steps += max(0, count)
        if steps > MOST_PLANES:
            raise ValueError("Planes are placed again and again")
        for step in range(count):
            found[numbers[first] + step] = Plane("" if file == own_name else file, directory + step)
    return tuple(found)


def _color(text: str) -> str:
    """Return six hexadecimal digits of OME's signed RGBA number; empty for none and for white, its default."""
    try:
        value = int(text) & 0xFFFFFFFF
    except ValueError:
        return ""
    color = f"{value >> 8:06x}"
    return "" if color in {"ffffff", "000000"} else color


def _micrometres(pixels: Any, axis: str) -> float | None:
    text, unit = pixels.get(f"PhysicalSize{axis}", ""), pixels.get(f"PhysicalSize{axis}Unit", "")
    try:
        return float(text) * MICROMETRES[unit]
    except (KeyError, ValueError):
        return None
