"""What real catalogs publish although it is not quite a valid document: mended, and told.

Boxes and footprints a little beyond the antimeridian or a pole, boxes of collections that are upside down, dates
without a time, members that are null, rings that cross themselves. What isn't clear stays refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from catalog.documents.moments import DATE, with_zone
from catalog.errors import InvalidDocument
from tiles.geo.longitudes import FULL_TURN, document_box

# Degrees, with room for what was only rounded: the step of a 32-bit float at 180.
ROUNDED = 2e-5
# How far beyond is taken for the same place on the other side, or for the pole: the corners of MODIS' tiles lie 12
# degrees beyond; the cells of global models half of theirs.
MOST_LONGITUDE, MOST_LATITUDE = 195.0, 91.25
TIMES = ("datetime", "start_datetime", "end_datetime", "created", "updated")


@dataclass(frozen=True)
class Handling:
    """Say how to take documents that are not quite valid.

    `is_strict` refuses them. `mends_rings` has rings that cross themselves cut into valid ones, which changes what a
    footprint covers.
    """

    is_strict: bool = False
    mends_rings: bool = False


LENIENT, MENDING_RINGS = Handling(), Handling(mends_rings=True)


@dataclass
class Mending:
    """Collect what was mended in one document."""

    handling: Handling = LENIENT
    notes: list[str] = field(default_factory=list)

    def note(self, path: str, text: str) -> None:
        """Take down what is mended. Raises InvalidDocument where nothing may be."""
        if self.handling.is_strict:
            raise InvalidDocument(f"{path}: {text}.")
        self.notes.append(f"{path}: {text}.")


def without_nulls(documents: Any) -> Any:
    """Return links, or assets by their key, without the members that are null, which say no more than absent ones."""
    if isinstance(documents, list):
        return [_without_null_members(each) for each in documents]
    if isinstance(documents, dict):
        return {key: _without_null_members(each) for key, each in documents.items()}
    return documents


def _without_null_members(document: Any) -> Any:
    if not isinstance(document, dict) or None not in document.values():
        return document
    return {name: value for name, value in document.items() if value is not None}


def mend_times(properties: Any, mending: Mending) -> Any:
    """Return an item's properties with whole moments: dates as the begin of the day, that of the end as its end."""
    if not isinstance(properties, dict):
        return properties
    found = {name: properties[name] for name in TIMES if isinstance(properties.get(name), str)}
    mended = {
        name: _moment(text, is_end=name == "end_datetime", path=f"properties.{name}", mending=mending)
        for name, text in found.items()
    }
    return properties | mended if mended != found else properties


def mend_extent(extent: Any, mending: Mending) -> Any:
    """Return a collection's extent with boxes the right way up and within the world, and whole moments."""
    if not isinstance(extent, dict):
        return extent
    mended = dict(extent)
    spatial, temporal = extent.get("spatial"), extent.get("temporal")
    if isinstance(spatial, dict) and isinstance(spatial.get("bbox"), list):
        boxes = [
            mend_bbox(bbox, mending, path=f"extent.spatial.bbox.{number}", turns=True)
            for number, bbox in enumerate(spatial["bbox"])
        ]
        mended["spatial"] = spatial | {"bbox": boxes}
    if isinstance(temporal, dict) and isinstance(temporal.get("interval"), list):
        intervals = [
            _interval(ends, path=f"extent.temporal.interval.{number}", mending=mending)
            for number, ends in enumerate(temporal["interval"])
        ]
        mended["temporal"] = temporal | {"interval": intervals}
    return mended


def _interval(ends: Any, *, path: str, mending: Mending) -> Any:
    if not isinstance(ends, list):
        return ends
    return [
        _moment(end, is_end=number == 1, path=f"{path}.{number}", mending=mending) for number, end in enumerate(ends)
    ]


def _moment(text: Any, *, is_end: bool, path: str, mending: Mending) -> Any:
    if not isinstance(text, str) or not DATE.fullmatch(text):
        return with_zone(text)
    mending.note(path, f"{text!r} is a date without a time")
    return f"{text}T{'23:59:59' if is_end else '00:00:00'}Z"


def mend_bbox(bbox: Any, mending: Mending, *, path: str = "bbox", turns: bool = False) -> Any:
    """Return a box with longitudes within ±180 and latitudes within ±90, if it lies only a little beyond.

    Args:
        bbox: [west, south, east, north], or of six with heights; anything else comes back as it is.
        mending: where it is told.
        path: what the box is called there.
        turns: put south below north.
    """
    if not is_bbox(bbox):
        return bbox
    half = len(bbox) // 2
    mended = list(bbox)
    if turns and bbox[1] > bbox[half + 1]:
        mending.note(path, "south exceeded north; they are swapped")
        mended[1], mended[half + 1] = bbox[half + 1], bbox[1]
    west, south, east, north = mended[0], mended[1], mended[half], mended[half + 1]
    if not _lies_beyond((west, south, east, north)):
        return mended
    mending.note(path, "lay beyond 180 degrees of longitude or 90 of latitude")
    forward = (west, max(south, -90.0), east + (FULL_TURN if west > east else 0.0), min(north, 90.0))
    mended[0], mended[1], mended[half], mended[half + 1] = document_box(forward)
    return mended


def is_bbox(value: object) -> bool:
    """Tell whether a value is a list of four or six numbers."""
    return isinstance(value, list) and len(value) in {4, 6} and all(isinstance(each, int | float) for each in value)


def _lies_beyond(bounds: Sequence[float]) -> bool:
    """Tell whether bounds lie outside the world by more than rounding, and by no more than catalogs have them."""
    west, south, east, north = bounds
    longitude, latitude = max(abs(west), abs(east)), max(abs(south), abs(north))
    is_near = longitude <= MOST_LONGITUDE and latitude <= MOST_LATITUDE
    return is_near and (longitude > 180 + ROUNDED or latitude > 90 + ROUNDED)


def mend_geometry(geometry: BaseGeometry, mending: Mending, *, path: str) -> BaseGeometry:
    """Return a footprint with longitudes within ±180 and latitudes within ±90, if it lies only a little beyond.

    What passes the antimeridian is cut there, as RFC 7946 has it (section 3.1.9). Heights are lost.
    """
    bounds = geometry.bounds
    if not _lies_beyond(bounds):
        return geometry
    mending.note(path, "lay beyond 180 degrees of longitude or 90 of latitude")
    return _collected(list(_within_world(geometry)), like=geometry)


def _within_world(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    flat = shapely.make_valid(shapely.force_2d(geometry))
    for turn in (-FULL_TURN, 0.0, FULL_TURN):
        world = shapely.box(turn - 180, -90, turn + 180, 90)
        yield from shapely.get_parts(translate(shapely.intersection(flat, world), xoff=-turn))


def mend_rings(geometry: BaseGeometry, mending: Mending, *, path: str) -> BaseGeometry:
    """Return a footprint whose rings don't cross themselves: cut where they do, what has no area left out."""
    mending.note(path, f"was not valid ({shapely.is_valid_reason(geometry)}); its rings are cut where they cross")
    return _collected(list(shapely.get_parts(shapely.make_valid(shapely.force_2d(geometry)))), like=geometry)


def _collected(parts: list[BaseGeometry], *, like: BaseGeometry) -> BaseGeometry:
    """Put parts together that have as many dimensions as a geometry: others came of touching an edge."""
    nested = [each for part in parts for each in shapely.get_parts(part)]
    kept = [part for part in nested if shapely.get_dimensions(part) == shapely.get_dimensions(like)]
    return shapely.union_all(np.array(kept)) if kept else like
