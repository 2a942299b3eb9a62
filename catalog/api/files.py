"""`/api/files/`: uploads streamed to storage, and what was stored."""

import io
from typing import IO, Any, cast
from urllib.parse import unquote
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView, RetrieveAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.api.authentication import INGESTS, SIGNED_OR_SIGNED_IN, signed_in
from catalog.api.downloads import send
from catalog.api.parsers import StreamParser
from catalog.api.serializers import FileSerializer
from catalog.api.throttling import UploadThrottle
from catalog.errors import InvalidInput, NotFound
from catalog.models import ChecksumFile
from catalog.services.files.storing import check_download, check_upload_size, get_visible_file, store_upload
from catalog.services.files.verifying import ask_verification


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


class FileContent(GenericAPIView[ChecksumFile]):
    """The file itself, or a redirect to where it lies; its name ends the address, since clients tell formats by it."""

    authentication_classes = SIGNED_OR_SIGNED_IN
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="files_content_retrieve",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 302: None},
    )
    def get(self, request: Request, file_id: UUID, name: str | None = None) -> Any:
        file = get_visible_file(user=request.user, file_id=file_id)
        if name not in {None, file.name}:
            raise NotFound(f"The file {file_id} is called {file.name!r}.", code="file_not_found")
        check_download(file, user=request.user)
        return send(file, request)


class FileVerification(GenericAPIView[ChecksumFile]):
    """Have a worker read the file whole and compare it with its checksum; the file's document tells what it found."""

    token_scopes = INGESTS
    permission_classes = (IsAuthenticated,)
    serializer_class = FileSerializer

    @extend_schema(request=None, responses={202: FileSerializer})
    def post(self, request: Request, file_id: UUID) -> Response:
        file = ask_verification(user=signed_in(request), file_id=file_id)
        place = reverse("file-detail", args=(file.pk,), request=request)
        return Response(self.get_serializer(file).data, status=status.HTTP_202_ACCEPTED, headers={"Location": place})


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
