"""Tell which objects of a listing are imagery, or belong to some."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from catalog.remote.probing import ZARR_METADATA, RemoteObject
from catalog.scenes.grouping import SENSORS, find_scene
from catalog.scenes.scene import Sensor

# What is taken for imagery when no glob says otherwise. Pictures (.png, .jpg) are left out: beside imagery they are
# nearly always its previews.
IMAGE_SUFFIXES = (
    *(".tif", ".tiff", ".gtiff", ".jp2", ".j2k", ".img", ".ntf", ".nsf", ".nitf", ".mbtiles", ".gpkg"),
    *(".dt0", ".dt1", ".dt2", ".hgt", ".dem", ".asc", ".bil"),
    *(".nc", ".nc4", ".hdf", ".h5", ".he5", ".grib", ".grib2", ".grb", ".grb2", ".zarr"),
    *(".svs", ".ndpi", ".scn", ".bif", ".vms", ".vmu", ".mrxs", ".dcm"),
)
# They belong to the file beside them, which finds them itself.
SIDECAR = re.compile(r"(\.ovr|\.msk|\.aux\.xml|\.aux|\.rpb|_rpc\.txt|\.tfw|\.wld|\.prj|\.imd|\.til)$", re.IGNORECASE)
# Of those, what says nothing of a scene.
OF_PIXELS = re.compile(r"(\.ovr|\.msk|\.aux\.xml|\.aux|\.tfw|\.wld|\.prj|\.til)$", re.IGNORECASE)
ZARR_STORE = re.compile(r"^(.*?\.zarr)/", re.IGNORECASE)


@dataclass(frozen=True)
class Selection:
    """Say what is wanted of what lies below a prefix: names that fit `include`, or imagery; none that fit `exclude`.

    Nothing that was written before `since`, as far as a listing tells.

    Globs are compared with an object's name and with what follows the prefix.
    """

    prefix: str
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    since: datetime | None = None
    sensors: Sequence[Sensor] = SENSORS

    def wants(self, href: str) -> bool:
        """Tell whether an address is that of an image which is wanted."""
        if SIDECAR.search(href) or self._fits(href, self.exclude):
            return False
        if self.include:
            return self._fits(href, self.include)
        return href.lower().endswith(IMAGE_SUFFIXES)

    def has_part(self, href: str) -> bool:
        """Tell whether an address is that of an image which is wanted, or of another file of a scene."""
        if self.wants(href):
            return True
        is_beside = not href.lower().endswith(IMAGE_SUFFIXES) and not OF_PIXELS.search(href)
        return is_beside and not self._fits(href, self.exclude) and find_scene(href, self.sensors) is not None

    def unit_of(self, entry: RemoteObject) -> str | None:
        """Return the address of the scene, or of the Zarr store, that an object is a part of.

        Empty: it is an image by itself, or a scene's only file so far. None: it is of no image that is wanted. Of a
        store its metadata stand for all of it.
        """
        href = entry.href
        if store := ZARR_STORE.match(href):
            is_wanted = href[store.end() :] in ZARR_METADATA and self.wants(store[1])
            return store[1] if is_wanted else None
        if href.endswith("/") or entry.size == 0 or not self.has_part(href):
            return None
        scene = find_scene(href, self.sensors)
        return scene.address if scene else ""

    def is_too_old(self, entry: RemoteObject) -> bool:
        """Tell whether an object was written before `since`; one without a time never was."""
        return self.since is not None and entry.last_modified is not None and entry.last_modified < self.since

    def _fits(self, href: str, globs: Sequence[str]) -> bool:
        if not globs:
            return False
        name, path = href.rsplit("/", 1)[-1], href.removeprefix(self.prefix).lstrip("/")
        return any(fnmatchcase(name, glob) or fnmatchcase(path, glob) for glob in globs)
