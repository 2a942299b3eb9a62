"""Images of several uploads of one ingest: DICOM whole-slide series, OME-TIFFs whose planes lie in others.

Readers look for the others beside the file, so they are moved to where the one lies that stands for the image.
"""

import hashlib
from collections.abc import Sequence

from django.db import transaction
from osgeo import gdal

from catalog.extraction.integrity import read_part
from catalog.models import ChecksumFile, IngestJob, IngestSource
from catalog.services.files.storing import gdal_path, move_blob, safe_name
from catalog.services.ingest.sidecars import DESCRIPTION, DICOM_SUFFIXES, HEADER_BYTES, MAX_FILES, OME_SUFFIXES, part_of
from tiles.errors import SourceUnreadable
from tiles.slides.ome import files_of

SERIES_SUFFIXES = (*DICOM_SUFFIXES, *OME_SUFFIXES)


def join_uploads(source: IngestSource, file: ChecksumFile) -> ChecksumFile:
    """Return the upload that stands for the image that this one is of, with all others of the ingest beside it.

    It is the file itself for an image of one file. Of a series it is the one of full resolution, of an OME-TIFF the one
    with the first plane; the same for each of them, whichever worker comes first.
    """
    with transaction.atomic():
        # One at a time: what is moved is not looked for where it was.
        IngestJob.objects.select_for_update().get(pk=source.job_id)
        others = _others(source, file)
        parts = _series(file, others) if file.name.lower().endswith(DICOM_SUFFIXES) else _planes(file, others)
        if len(parts) < 2:
            return file
        main, *rest = parts
        names = [move_blob(each, beside=main) for each in rest]
        ChecksumFile.objects.filter(pk__in=[each.pk for each in parts]).update(collection_id=source.job.collection_id)
        main.refresh_from_db()
        main.siblings = sorted(names)
        main.version = hashlib.sha256("\n".join(sorted(each.checksum for each in parts)).encode()).hexdigest()
        main.save(update_fields=["siblings", "version"])
    return main


def _others(source: IngestSource, file: ChecksumFile) -> list[ChecksumFile]:
    """Return the other uploads of the ingest that may be of the same image."""
    own = ChecksumFile.objects.filter(ingest_sources__job_id=source.job_id).exclude(pk=file.pk).distinct()
    found = [each for each in own.order_by("name")[:MAX_FILES] if each.name.lower().endswith(SERIES_SUFFIXES)]
    free = {None, source.job.collection_id}
    return [each for each in found if each.collection_id in free]


def _series(file: ChecksumFile, others: Sequence[ChecksumFile]) -> list[ChecksumFile]:
    """Return the files of a DICOM series, the one of full resolution first."""
    own = part_of(read_part(gdal_path(file), 0, HEADER_BYTES))
    if own is None:
        return [file]
    parts = {file: own.width}
    for each in others:
        part = part_of(read_part(gdal_path(each), 0, HEADER_BYTES))
        if part and part.series == own.series:
            parts[each] = part.width
    return sorted(parts, key=lambda each: (-parts[each], each.name, str(each.pk)))


def _planes(file: ChecksumFile, others: Sequence[ChecksumFile]) -> list[ChecksumFile]:
    """Return the files of an OME-TIFF, the one with its metadata and first plane first."""
    by_name = {each.name: each for each in (*others, file)}
    named = {each.name: _named(each) for each in by_name.values()}
    joined = {file.name}
    # Whoever names one of them belongs to them, and whom it names.
    for _ in named:
        for name, others_named in named.items():
            if name in joined or joined & others_named:
                joined |= {name, *(others_named & named.keys())}
    # The one with the first plane is named first by all that have the whole metadata.
    first = [found[0] for name in sorted(joined) if (found := _ordered(by_name[name]))]
    main = next((name for name in first if name in by_name), file.name)
    return [by_name[main], *(by_name[name] for name in sorted(joined - {main}))]


def _named(file: ChecksumFile) -> set[str]:
    return set(_ordered(file))


def _ordered(file: ChecksumFile) -> list[str]:
    """Return the names, as uploads have them, of the files that hold an OME-TIFF's planes, in the order of these."""
    try:
        dataset = gdal.OpenEx(gdal_path(file), gdal.OF_RASTER, allowed_drivers=["GTiff"])
        names = files_of(dataset.GetMetadataItem(DESCRIPTION) or "", own_name=file.name)
        return [safe_name(name) for name in names]
    except (RuntimeError, SourceUnreadable, AttributeError):
        return []
