"""Send a file: whole or in part, from storage, by nginx, or from where it lies."""

from typing import IO, Any, cast
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.http import FileResponse, HttpResponse, HttpResponseNotModified, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, quote_etag
from rest_framework.request import Request
from whitenoise.responders import SlicedFile, StaticFile  # type: ignore[import-untyped]

from catalog.api.errors import error_body
from catalog.models import ChecksumFile
from catalog.remote.probing import presigned_url
from catalog.services.files.storing import object_key
from tiles.rest.responses import is_known

# Small pictures, which the site shows itself: its pages take none from elsewhere.
SHOWN = frozenset({"image/webp", "image/png", "image/jpeg"})
OPAQUE = "application/octet-stream"
# The path under which nginx has the storage, and seconds in which a presigned URL has to be asked for.
STORED, PRESIGNED_SECONDS = "/stored", 300
# What a redirect to a presigned URL must not be kept for.
NO_STORE = {"Cache-Control": "private, no-store"}


def send(file: ChecksumFile, request: Request) -> HttpResponseBase:
    """Return the answer that hands the file out to somebody who may have it.

    HEAD reads nothing of it. Of a GET, `Range` is kept to (RFC 9110, 14), as long as `If-Range` names this content.
    """
    if file.url and request.method != "HEAD":
        is_s3 = file.url.startswith("s3://")
        place = presigned_url(file.url, seconds=PRESIGNED_SECONDS) if is_s3 else file.url
        return HttpResponseRedirect(place, headers=NO_STORE)
    headers = {
        "Cache-Control": "private, max-age=3600",
        "ETag": quote_etag(file.checksum or file.version),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
    }
    if is_known(request, headers["ETag"]):
        return HttpResponseNotModified(headers=headers)
    is_shown = file.media_type in SHOWN
    if not is_shown:
        headers["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    kind = file.media_type if is_shown else OPAQUE
    if request.method == "HEAD":
        length = {} if file.size is None else {"Content-Length": str(file.size)}
        return HttpResponse(content_type=kind, headers=headers | length)
    if is_shown or settings.DOWNLOADS == "stream":
        return _stream(file, request, headers=headers, kind=kind)
    return _hand_over(file, headers=headers)


def _stream(file: ChecksumFile, request: Request, *, headers: dict[str, str], kind: str) -> HttpResponseBase:
    size = file.size or 0
    try:
        part = asked_part(request, size=size, etag=headers["ETag"])
    except ValueError:
        sentence = f"Range: {file.name} has {size:,} bytes; give a part of them, such as bytes=0-99."
        body = error_body("range_not_satisfiable", sentence)
        return JsonResponse(body, status=416, headers={"Content-Range": f"bytes */{size}", "ETag": headers["ETag"]})
    if part is None:
        return _answer(file, file.blob.open("rb"), content_type=kind, headers=headers | {"Content-Length": str(size)})
    first, last = part
    said = {"Content-Range": f"bytes {first}-{last}/{size}", "Content-Length": str(last - first + 1)}
    return _answer(file, _opened(file, first, last), status=206, content_type=kind, headers=headers | said)


def _answer(file: ChecksumFile, stream: IO[bytes], **options: Any) -> FileResponse:
    # Django writes its own disposition.
    return FileResponse(stream, filename=file.name, as_attachment=file.media_type not in SHOWN, **options)


def asked_part(request: Request, *, size: int, etag: str) -> tuple[int, int] | None:
    """Return first and last byte of the one range that is asked for; None of the whole file, or of several ranges.

    Raises ValueError where it lies beyond the file's end.
    """
    wanted = request.headers.get("Range", "")
    if not wanted or request.headers.get("If-Range", etag) != etag:
        return None
    try:
        first, last = StaticFile.parse_byte_range(wanted)
    except ValueError:
        return None
    first = max(first + size, 0) if first < 0 else first
    last = size - 1 if last is None else min(last, size - 1)
    if first > last:
        raise ValueError(wanted)
    return first, last


def _opened(file: ChecksumFile, first: int, last: int) -> IO[bytes]:
    """Open a part of a stored file. Of a bucket only that part is fetched."""
    storage: Any = file.blob.storage
    if isinstance(storage, FileSystemStorage):
        return cast(IO[bytes], SlicedFile(file.blob.open("rb"), first, last))
    found = storage.bucket.Object(object_key(file)).get(Range=f"bytes={first}-{last}")
    return cast(IO[bytes], found["Body"])


def _hand_over(file: ChecksumFile, *, headers: dict[str, str]) -> HttpResponseBase:
    """Return the answer that has nginx or the bucket send the file, as `settings.DOWNLOADS` says."""
    storage: Any = file.blob.storage
    if isinstance(storage, FileSystemStorage):
        place = f"/{quote(str(file.blob.name))}"
    else:
        said = {"ResponseContentDisposition": headers["Content-Disposition"], "ResponseContentType": OPAQUE}
        place = storage.url(file.blob.name, parameters=said, expire=PRESIGNED_SECONDS)
        if settings.DOWNLOADS == "presigned":
            return HttpResponseRedirect(place, headers=NO_STORE)
        parts = urlsplit(place)
        place = f"{parts.path}?{parts.query}"
    return HttpResponse(content_type=OPAQUE, headers=headers | {"X-Accel-Redirect": f"{STORED}{place}"})
