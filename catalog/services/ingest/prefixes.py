"""Prefixes: from a listing of a bucket to one source per image."""

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import islice
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from catalog.errors import InvalidInput, SourceRefused, SourceUnreachable
from catalog.models import IngestJob, IngestSource
from catalog.remote.probing import list_prefix
from catalog.scenes.grouping import Group, chosen_sensors, find_scene, group_files
from catalog.scenes.scene import Sensor
from catalog.services.ingest.jobs import dispatch_job_on_commit

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
BATCH = 500


def expand_prefix(source: IngestSource) -> int:
    """Write one queued source for each image under the prefix; return how many. Again writes none twice."""
    if urlsplit(source.href).scheme != "s3":
        raise SourceRefused("prefix: only buckets can be listed; give s3://bucket/folder/.")
    groups = _images(source)
    count = 0
    while batch := list(islice(groups, BATCH)):
        count += len(batch)
        if count > settings.INGEST_MAX_LISTED:
            raise InvalidInput(f"prefix: more than {settings.INGEST_MAX_LISTED:,} images; give narrower prefixes.")
        _add_children(source, batch)
    if not count:
        raise SourceUnreachable(
            f"Nothing under {source.href} looks like imagery"
            + (f" and matches {source.include!r}." if source.include else "."),
            code="prefix_empty",
        )
    return count


def _add_children(source: IngestSource, groups: Iterable[Group]) -> None:
    with transaction.atomic():
        # A job that was cancelled meanwhile gets no more work.
        cancelled = IngestJob.objects.filter(pk=source.job_id, cancelled__isnull=False).exists()
        state = IngestSource.State.CANCELLED if cancelled else IngestSource.State.QUEUED
        IngestSource.objects.bulk_create(
            [
                IngestSource(
                    job_id=source.job_id,
                    parent=source,
                    kind=IngestSource.Kind.SCENE if group.sensor else IngestSource.Kind.HREF,
                    href=group.address,
                    parts=group.hrefs if group.sensor else [],
                    state=state,
                )
                for group in groups
            ],
            ignore_conflicts=True,
        )
        dispatch_job_on_commit(source.job_id)


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
