"""`/api/files/`: uploads streamed to storage, and what was stored."""

import io
from typing import IO, Any, cast
from urllib.parse import quote, unquote, urlsplit
from uuid import UUID

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.http import FileResponse, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, quote_etag
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView, RetrieveAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.authentication import INGESTS, SIGNED_OR_SIGNED_IN, signed_in
from catalog.api.parsers import StreamParser
from catalog.api.serializers import FileSerializer
from catalog.api.throttling import UploadThrottle
from catalog.errors import InvalidInput
from catalog.models import ChecksumFile
from catalog.services.files.storing import check_download, check_upload_size, get_visible_file, store_upload
from tiles.rest.responses import is_known

# Small pictures, which the site shows itself: its pages take none from elsewhere.
SHOWN = frozenset({"image/webp", "image/png", "image/jpeg"})
OPAQUE = "application/octet-stream"
# The path under which nginx has the storage, and seconds in which a presigned URL has to be asked for.
STORED, PRESIGNED_SECONDS = "/stored", 300


class FileUpload(GenericAPIView[ChecksumFile]):
    """Upload one file: its bytes as the body with its name in `?name=`, or a multipart form with a part `file`."""

    token_scopes = INGESTS
    throttle_classes = (UploadThrottle,)
    permission_classes = (IsAuthenticated,)
    parser_classes = (MultiPartParser, StreamParser)
    serializer_class = FileSerializer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # Before anything reads of it.
        check_upload_size(int(request.META.get("CONTENT_LENGTH") or 0))
        super().initial(request, *args, **kwargs)

    @extend_schema(
        parameters=[OpenApiParameter("name", description="The file's name, for a body that is not a form.")],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={201: FileSerializer},
    )
    def post(self, request: Request) -> Response:
        is_form = (request.content_type or "").startswith("multipart/form-data")
        file = _store_part(request) if is_form else _store_body(request)
        body = self.get_serializer(file).data
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": body["href"]})


class FileDetail(RetrieveAPIView[ChecksumFile]):
    authentication_classes = SIGNED_OR_SIGNED_IN
    permission_classes = (AllowAny,)
    serializer_class = FileSerializer

    def get_object(self) -> ChecksumFile:
        return get_visible_file(user=self.request.user, file_id=self.kwargs["file_id"])


class FileDownload(GenericAPIView[ChecksumFile]):
    """The file itself: streamed from local storage, else a redirect to where it lies."""

    authentication_classes = SIGNED_OR_SIGNED_IN
    permission_classes = (AllowAny,)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 302: None})
    def get(self, request: Request, file_id: UUID) -> Any:
        file = get_visible_file(user=request.user, file_id=file_id)
        check_download(file, user=request.user)
        if file.url:
            if file.url.startswith("s3://"):
                raise InvalidInput(f"This file is read from its bucket: {file.url}", code="not_downloadable")
            return HttpResponseRedirect(file.url)
        headers = {"Cache-Control": "private, max-age=3600", "ETag": quote_etag(file.checksum)}
        if is_known(request, headers["ETag"]):
            return HttpResponseNotModified(headers=headers)
        headers["X-Content-Type-Options"] = "nosniff"
        if file.media_type in SHOWN:
            return FileResponse(file.blob.open("rb"), filename=file.name, content_type=file.media_type, headers=headers)
        return _attachment(file, headers)


def _attachment(file: ChecksumFile, headers: dict[str, str]) -> HttpResponseBase:
    """Return the answer that has the client keep the file, sent by whoever `settings.DOWNLOADS` names."""
    if settings.DOWNLOADS == "stream":
        return FileResponse(
            file.blob.open("rb"), filename=file.name, as_attachment=True, content_type=OPAQUE, headers=headers
        )
    disposition = content_disposition_header(True, file.name) or "attachment"
    storage: Any = file.blob.storage
    is_local = isinstance(storage, FileSystemStorage)
    if is_local:
        place = f"/{quote(str(file.blob.name))}"
    else:
        said = {"ResponseContentDisposition": disposition, "ResponseContentType": OPAQUE}
        place = storage.url(file.blob.name, parameters=said, expire=PRESIGNED_SECONDS)
        if settings.DOWNLOADS == "presigned":
            return HttpResponseRedirect(place, headers={"Cache-Control": "private, no-store"})
        parts = urlsplit(place)
        place = f"{parts.path}?{parts.query}"
    headers |= {"X-Accel-Redirect": f"{STORED}{place}", "Content-Disposition": disposition}
    return HttpResponse(content_type=OPAQUE, headers=headers)


def _store_part(request: Request) -> ChecksumFile:
    part = request.FILES.get("file")
    if part is None:
        raise InvalidInput("file: the form has no part of that name with a file.")
    return store_upload(
        user=signed_in(request),
        name=part.name or "",
        stream=part.file,
        media_type=part.content_type or "",
        expected_bytes=part.size,
    )


def _store_body(request: Request) -> ChecksumFile:
    name = request.query_params.get("name") or unquote(request.headers.get("X-Filename", ""))
    if not name:
        raise InvalidInput("name: give the file's name as ?name= or in a header X-Filename.")
    length = request.headers.get("Content-Length", "")
    if not length.isdigit():
        raise InvalidInput("Content-Length: say how long the file is.", code="length_required")
    return store_upload(
        user=signed_in(request),
        name=name,
        stream=cast(IO[bytes], request.stream or io.BytesIO()),  # An empty body has no stream.
        media_type=(request.content_type or "").partition(";")[0],
        expected_bytes=int(length),
    )
