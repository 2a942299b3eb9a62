"""Read the whole content of what lies at an admitted location, in parts."""

import time
from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError
from osgeo import gdal

from catalog.errors import SourceUnreachable
from catalog.remote.admission import GDAL_BUCKETS, admit, gdal_location, split_s3
from catalog.remote.buckets import client_of, raise_s3
from catalog.remote.requesting import streamed

CHUNK_BYTES = 2**20
EVERYTHING = "*/*"


def read_whole(href: str, *, seconds: float) -> Iterator[bytes]:
    """Yield an object's bytes in order. Raises SourceRefused, and SourceUnreachable where it does not come whole."""
    scheme = admit(href).scheme
    if scheme == "s3":
        yield from _bounded(_of_s3(href), href, seconds=seconds)
    elif scheme in GDAL_BUCKETS:
        yield from _bounded(_of_gdal(href), href, seconds=seconds)
    else:
        with streamed(href, accept=EVERYTHING, seconds=seconds) as (_, chunks):
            yield from chunks


def _bounded(chunks: Iterator[bytes], href: str, *, seconds: float) -> Iterator[bytes]:
    end = time.monotonic() + seconds
    for chunk in chunks:
        yield chunk
        if time.monotonic() > end:
            raise SourceUnreachable(f"{href} did not come to its end in time.", code="source_slow", transient=True)


def _of_s3(href: str) -> Iterator[bytes]:
    bucket, key = split_s3(href)
    try:
        yield from client_of(href).get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK_BYTES)
    except (BotoCoreError, ClientError) as error:
        raise_s3(href, error)


def _of_gdal(href: str) -> Iterator[bytes]:
    """Read from Google's or Azure's stores, whose protocols GDAL speaks."""
    file = gdal.VSIFOpenL(gdal_location(href), "rb")
    if file is None:
        raise SourceUnreachable(f"There is nothing at {href} that we may read.", code="source_not_found")
    try:
        while chunk := gdal.VSIFReadL(1, CHUNK_BYTES, file):
            yield bytes(chunk)
    finally:
        gdal.VSIFCloseL(file)
