"""Prefixes: from a listing of a bucket to one source per image."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from catalog.errors import SourceRefused, SourceUnreachable
from catalog.models import IngestSource
from catalog.remote.probing import list_prefix
from catalog.scenes.grouping import Group, chosen_sensors, find_scene, group_files
from catalog.scenes.scene import Sensor
from catalog.services.ingest.children import add_children

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


def expand_prefix(source: IngestSource) -> int:
    """Write one queued source for each image under the prefix; return how many. Again writes none twice."""
    if urlsplit(source.href).scheme != "s3":
        raise SourceRefused("prefix: only buckets can be listed; give s3://bucket/folder/.")
    count = add_children(source, map(_child, _images(source)))
    if not count:
        raise SourceUnreachable(
            f"Nothing under {source.href} looks like imagery"
            + (f" and matches {source.include!r}." if source.include else "."),
            code="prefix_empty",
        )
    return count


def _child(group: Group) -> IngestSource:
    """Return the source of a scene, or of one image."""
    if not group.sensor:
        return IngestSource(kind=IngestSource.Kind.HREF, href=group.address)
    return IngestSource(kind=IngestSource.Kind.SCENE, href=group.address, parts=group.hrefs)


def _images(source: IngestSource) -> Iterator[Group]:
    """Give the scenes below a prefix, and the images that are of none."""
    prefix, include = source.href, source.include
    sensors = chosen_sensors(source.job.options.get("scenes"))
    for group in group_files(_listed(prefix, include, sensors), sensors):
        if any(_wanted(href, prefix, include) for href in group.hrefs):
            yield group


def _listed(prefix: str, include: str, sensors: Sequence[Sensor]) -> Iterator[str]:
    """Give the images that are wanted, and what else is a scene's: its metadata, its pictures."""
    last_store = ""
    for entry in list_prefix(prefix):
        href = entry.href
        if store := ZARR_STORE.match(href):
            # A Zarr store is a folder of thousands of chunks, listed one after the other.
            href = store[1]
            if href == last_store:
                continue
            last_store = href
        elif href.endswith("/") or not entry.size:
            continue
        is_beside = not href.lower().endswith(IMAGE_SUFFIXES) and not OF_PIXELS.search(href)
        if _wanted(href, prefix, include) or (is_beside and find_scene(href, sensors)):
            yield href


def _wanted(href: str, prefix: str, include: str) -> bool:
    if SIDECAR.search(href):
        return False
    name = href.rsplit("/", 1)[-1]
    if include:
        return fnmatchcase(name, include) or fnmatchcase(href.removeprefix(prefix).lstrip("/"), include)
    return name.lower().endswith(IMAGE_SUFFIXES)
