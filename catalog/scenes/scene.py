"""What a scene is: files that belong together, and what their metadata say of them, ready for one STAC item."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

EO_EXTENSION = "https://stac-extensions.github.io/eo/v1.1.0/schema.json"
VIEW_EXTENSION = "https://stac-extensions.github.io/view/v1.0.0/schema.json"
SAR_EXTENSION = "https://stac-extensions.github.io/sar/v1.0.0/schema.json"
SAT_EXTENSION = "https://stac-extensions.github.io/sat/v1.0.0/schema.json"
MGRS_EXTENSIONS = (
    "https://stac-extensions.github.io/mgrs/v1.0.0/schema.json",
    "https://stac-extensions.github.io/grid/v1.1.0/schema.json",
)
# Roles of files that are no raster to be opened.
UNOPENED_ROLES = frozenset({"metadata", "thumbnail"})
MEDIA_TYPES = {
    ".xml": "application/xml",
    ".safe": "application/xml",
    ".json": "application/json",
    ".txt": "text/plain",
    ".imd": "text/plain",
    ".rpb": "text/plain",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".html": "text/html",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".tif": "image/tiff; application=geotiff",
    ".tiff": "image/tiff; application=geotiff",
    ".jp2": "image/jp2",
}


def without_empty(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what metadata say, without what they leave empty."""
    return {name: value for name, value in found.items() if value not in ("", None)}


def polygon_of(corners: Sequence[Sequence[float]]) -> dict[str, Any] | None:
    """Return the GeoJSON polygon of corners in longitude and latitude, of which the first is not given again."""
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]} if len(corners) > 2 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Describe one band of an asset, by the words of STAC's eo and raster extensions; wavelengths in micrometres."""

    name: str
    common_name: str = ""
    center_wavelength: float | None = None
    full_width_half_max: float | None = None
    description: str = ""
    # From digital numbers to physical values.
    scale: float | None = None
    offset: float | None = None
    unit: str = ""
    nodata: float | None = None

    @property
    def eo(self) -> dict[str, Any]:
        """Return the band as a member of `eo:bands`."""
        named = {
            "name": self.name,
            "common_name": self.common_name,
            "description": self.description,
            "center_wavelength": self.center_wavelength,
            "full_width_half_max": self.full_width_half_max,
        }
        return without_empty(named)

    @property
    def fields(self) -> dict[str, Any]:
        """Return the band as a member of STAC 1.1's `bands`."""
        eo = {key if key in {"name", "description"} else f"eo:{key}": value for key, value in self.eo.items()}
        values = {"raster:scale": self.scale, "raster:offset": self.offset, "unit": self.unit, "nodata": self.nodata}
        return eo | without_empty(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneAsset:
    """Describe one file of a scene; `path` is relative to the scene's root."""

    path: str
    key: str
    title: str = ""
    description: str = ""
    roles: tuple[str, ...] = ("data",)
    bands: tuple[Band, ...] = ()
    # Whether the file holds several variables, of which each is an asset too.
    has_variables: bool = False
    # Further members of the asset.
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_raster(self) -> bool:
        return not UNOPENED_ROLES.intersection(self.roles)

    @property
    def media_type(self) -> str:
        """Return what the name's suffix says."""
        return MEDIA_TYPES.get("." + self.path.lower().rpartition(".")[2], "")


@dataclass(kw_only=True)
class Description:
    """What a scene's metadata say: the parts of a STAC item that no raster has to be opened for.

    `geometry` in longitude and latitude, None: what the rasters cover. `is_tilted`: the image lies at an angle in its
    rectangle, so that its valid pixels tell better. `warnings` are sentences for people.
    """

    id: str
    properties: dict[str, Any]
    assets: Sequence[SceneAsset]
    geometry: dict[str, Any] | None = None
    is_tilted: bool = False
    extensions: Sequence[str] = ()
    # Named renderings of the sensor, as collections have them; those whose assets are there apply.
    renders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


class SceneError(Exception):
    """Say why a scene's metadata can't be used."""


@dataclass(frozen=True)
class SceneFiles:
    """The files of one scene by their paths below its root, and how to read the small ones among them."""

    id: str
    paths: Sequence[str]
    read: Callable[[str], bytes]

    def find(self, pattern: str) -> str | None:
        """Return the first path that the regular expression finds something in, whatever the case of its letters."""
        return next((path for path in self.paths if re.search(pattern, path, re.IGNORECASE)), None)


Describe = Callable[[SceneFiles], Description]
Names = Callable[[str], Iterable[str]]
Companions = Callable[[SceneFiles], Iterable[str]]


def _none(_: object) -> Iterable[str]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Sensor:
    """Know the scenes of one kind: how their files are named, and what their metadata say.

    `pattern` finds, in a file's path, the `scene` that it belongs to: all files of the same text up to the end of that
    group are one scene. `least` of them make one; a file whose name `lead` fits stands for its scene alone.
    """

    name: str
    pattern: re.Pattern[str]
    describe: Describe
    least: int = 2
    lead: re.Pattern[str] | None = None
    # Where a scene's metadata may lie, by its id, for files that were given without.
    leads: Names = _none
    # What the metadata name, for metadata that were given alone.
    companions: Companions = _none
