"""Ask a remote location for its size, version, kind, and what lies beside it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import requests
from botocore.exceptions import BotoCoreError, ClientError
from osgeo import gdal

from catalog.errors import SourceUnreachable, TooLarge
from catalog.remote.admission import GDAL_BUCKETS, admit, gdal_location, split_s3
from catalog.remote.buckets import client_of, raise_s3, status_of
from catalog.remote.requesting import (
    BEYOND_THE_END,
    Fetched,
    answered,
    check_answer,
    fetch,
    fetch_part,
    http_date,
    thread_session,
)
from tiles.sources.zarr_folder import is_zarr

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectTypeDef

# In the order of how much they tell: of all arrays (v2, consolidated), of the group (v3, v2), of one array.
ZARR_METADATA = (".zmetadata", "zarr.json", ".zgroup", ".zarray")
ZARR_MEDIA_TYPE = "application/vnd+zarr"
# Requests of a process to web servers at the same time.
ASKERS = 4
PAGE_MEDIA_TYPES = frozenset({"text/html", "application/xhtml+xml"})
# As it is: a length is the file's only where nothing was compressed on the way.
PLAIN = {"Accept-Encoding": "identity"}
# What S3's command line tool writes by mistake beside them, and servers that mean none.
NO_ENCODINGS = frozenset({"", "identity", "aws-chunked", "none", "binary"})
# Refusals of which HEAD tells the status alone.
UNNAMED = frozenset({400, 403})


@dataclass(frozen=True, slots=True)
class RemoteObject:
    """Describe an object as its store does, without its content. ``etag``: with its quotes, as the store writes it."""

    href: str
    size: int | None
    etag: str
    last_modified: datetime | None
    media_type: str

    @property
    def version(self) -> str:
        """Return what differs when the content does: the ETag, or else the time and the size."""
        return (
            self.etag.removeprefix("W/").strip('"')
            or f"{self.last_modified and self.last_modified.isoformat()}-{self.size}"
        )


def describe(href: str) -> RemoteObject:
    """Ask the store about an admitted location; raise SourceRefused or SourceUnreachable."""
    parts = admit(href)
    if is_zarr(parts.path) and parts.path.rpartition("/")[2] not in ZARR_METADATA:
        return _describe_zarr(href)
    if parts.scheme in GDAL_BUCKETS:
        return _describe_s3(href) if parts.scheme == "s3" else _describe_by_gdal(href)
    return _describe_http(href)


def exists(href: str) -> bool:
    """Tell whether a file is there that lies beside an image.

    Servers answer what they don't have in many ways: 404, 403 where nobody may list, a page for people with 200. What
    may pass is none of them and raises SourceUnreachable: a mask that is lost for a moment would be lost for good.
    """
    try:
        found = describe(href)
    except SourceUnreachable as error:
        if error.transient:
            raise
        return False
    return found.media_type not in PAGE_MEDIA_TYPES


def existing(hrefs: Sequence[str]) -> list[str]:
    """Return those addresses where a file is, see `exists`; asked at the same time."""
    # Each on behalf of whom this thread reads for.
    asked = [_askers().submit(copy_context().run, exists, href) for href in hrefs]
    return [href for href, is_there in zip(hrefs, [each.result() for each in asked], strict=True) if is_there]


@cache
def _askers() -> ThreadPoolExecutor:
    """Return this process's threads that ask, whose connections stay open."""
    return ThreadPoolExecutor(max_workers=ASKERS, thread_name_prefix="asker")


def hands_out(href: str, *, size: int | None) -> bool:
    """Tell whether a store gives out the first and the last byte of a file that it says is there."""
    try:
        found = describe(href)
        if found.media_type == ZARR_MEDIA_TYPE:
            return True
        for first in {0, max((size or 1) - 1, 0)}:
            _read_byte(href, first)
    except SourceUnreachable:
        return False
    return True


def _read_byte(href: str, position: int) -> None:
    wanted = f"bytes={position}-{position}"
    if not href.startswith("s3://"):
        response = _request("GET", href, headers={"Range": wanted})
        check_answer(response, href)
        return
    bucket, key = split_s3(href)
    try:
        client_of(href).get_object(Bucket=bucket, Key=key, Range=wanted)["Body"].read()
    except (BotoCoreError, ClientError) as error:
        raise_s3(href, error)


def list_prefix(href: str) -> Iterator[RemoteObject]:
    """Yield the objects whose keys begin with the prefix, in the order of their keys."""
    admit(href)
    bucket, prefix = split_s3(href)
    pages = client_of(href).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    try:
        for page in pages:
            for entry in page.get("Contents", ()):
                yield listed_object(bucket, entry)
    except (BotoCoreError, ClientError) as error:
        raise_s3(href, error)


def listed_object(bucket: str, entry: "ObjectTypeDef") -> RemoteObject:
    """Return what an entry of S3's listings tells of an object."""
    return RemoteObject(
        href=f"s3://{bucket}/{entry['Key']}",
        size=entry["Size"],
        etag=entry.get("ETag", ""),
        last_modified=entry["LastModified"],
        media_type="",
    )


def presigned_url(href: str, *, seconds: int) -> str:
    """Return an address from which anyone reads the object of an admitted s3 URL for so long."""
    bucket, key = split_s3(href)
    return str(
        client_of(href).generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=seconds)
    )


def _describe_zarr(href: str) -> RemoteObject:
    """Describe a Zarr store, a folder, by the file that names its arrays; its size would take listing all."""
    for name in ZARR_METADATA:
        try:
            return replace(describe(f"{href.rstrip('/')}/{name}"), href=href, size=None, media_type=ZARR_MEDIA_TYPE)
        except SourceUnreachable as error:
            if error.transient:
                raise
    raise SourceUnreachable(f"There is no Zarr store at {href}.", code="source_not_found")


def _describe_by_gdal(href: str) -> RemoteObject:
    """Describe an object of Google's or Azure's stores, whose protocols GDAL speaks."""
    found = gdal.VSIStatL(gdal_location(href))
    if found is None or found.IsDirectory():
        raise SourceUnreachable(f"There is nothing at {href} that we may read.", code="source_not_found")
    modified = datetime.fromtimestamp(found.mtime, UTC) if found.mtime else None
    return RemoteObject(href, found.size, "", modified, "")


def _describe_s3(href: str) -> RemoteObject:
    admit(href)
    bucket, key = split_s3(href)
    if not key:
        raise SourceUnreachable("A bucket is no file; give its files, or a prefix.", code="source_not_found")
    client = client_of(href)
    try:
        try:
            head = client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if status_of(error) not in UNNAMED:
                raise
            # A refusal without a body says not whether the keys are at fault; another answer does.
            client.get_object(Bucket=bucket, Key=key, Range="bytes=0-0")
            raise
    except (BotoCoreError, ClientError) as error:
        raise_s3(href, error)
    _check_plain(href, head.get("ContentEncoding", ""))
    return RemoteObject(
        href=href,
        size=head["ContentLength"],
        etag=head.get("ETag", ""),
        last_modified=head["LastModified"],
        media_type=head.get("ContentType", ""),
    )


def _check_plain(href: str, encoding: str) -> None:
    """Refuse what comes compressed though it was asked for as it is: its ranges are none of the image."""
    if encoding not in NO_ENCODINGS:
        raise SourceUnreachable(
            f"The store sends {href} compressed (Content-Encoding: {encoding[:20]}); images are read in parts, which "
            "takes the plain file.",
            code="source_compressed",
        )


def _describe_http(href: str) -> RemoteObject:
    response = _request("HEAD", href)
    if response.status_code in {403, 405, 501}:
        # Presigned URLs and some servers allow GET alone; one byte is enough for the headers.
        response = _request("GET", href, headers={"Range": "bytes=0-0"})
    check_answer(response, href)
    headers = response.headers
    _check_plain(href, headers.get("Content-Encoding", ""))
    length = headers.get("Content-Range", "").rpartition("/")[2] or headers.get("Content-Length", "")
    return RemoteObject(
        href=href,
        size=int(length) if length.isdecimal() else None,
        etag=headers.get("ETag", ""),
        last_modified=http_date(headers.get("Last-Modified", "")),
        media_type=headers.get("Content-Type", "").partition(";")[0].strip(),
    )


def _request(method: str, href: str, *, headers: dict[str, str] | None = None) -> requests.Response:
    """Return the answer to a request whose body is not of interest."""
    with answered(method, href, headers=PLAIN | (headers or {}), session=thread_session()) as response:
        if method == "HEAD":
            # Read to its end, which is here, so that the connection stays for the next one.
            response.content  # noqa: B018
        return response


def fetch_object(href: str, *, accept: str, most_bytes: int, seconds: float, body: Any = None) -> Fetched:
    """Return what lies at an admitted http, https or s3 address; a body is posted as JSON.

    Raises SourceRefused, SourceUnreachable, and TooLarge beyond so many bytes.
    """
    if not href.startswith("s3://"):
        return fetch(href, accept=accept, most_bytes=most_bytes, seconds=seconds, body=body)
    admit(href)
    bucket, key = split_s3(href)
    try:
        found = client_of(href).get_object(Bucket=bucket, Key=key)
        content = found["Body"].read(most_bytes + 1)
    except (BotoCoreError, ClientError) as error:
        raise_s3(href, error)
    if len(content) > most_bytes:
        raise TooLarge(f"{href} has more than the {most_bytes:,} bytes that are read of it.")
    return Fetched(href, content, found.get("ContentType", "").partition(";")[0].strip().lower())


def fetch_object_part(href: str, *, accept: str, first: int, size: int, seconds: float) -> Fetched:
    """Return so many bytes from a position on of what lies at an admitted address; fewer at its end.

    Raises SourceRefused and SourceUnreachable.
    """
    if not href.startswith("s3://"):
        return fetch_part(href, accept=accept, first=first, size=size, seconds=seconds)
    admit(href)
    bucket, key = split_s3(href)
    try:
        found = client_of(href).get_object(Bucket=bucket, Key=key, Range=f"bytes={first}-{first + size - 1}")
        return Fetched(href, found["Body"].read(), found.get("ContentType", ""))
    except (BotoCoreError, ClientError) as error:
        if status_of(error) == BEYOND_THE_END:
            return Fetched(href, b"", "")
        raise_s3(href, error)
