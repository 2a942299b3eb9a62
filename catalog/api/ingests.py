"""`/api/ingests/`: bring imagery in, and watch it come."""

from uuid import UUID

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.authentication import INGESTS, signed_in
from catalog.api.filters import IngestFilters, SourceFilters
from catalog.api.pagination import KeysetPagination, NewestFirst
from catalog.api.serializers import (
    IngestJobSerializer,
    IngestRequestSerializer,
    IngestRetrySerializer,
    IngestSourceSerializer,
)
from catalog.api.throttling import IngestThrottle
from catalog.models import IngestJob, IngestSource
from catalog.services.ingest.jobs import cancel_job, create_job, get_visible_job, retry_job

# What a source tells of its item is the id alone: a thousand documents and footprints are megabytes.
UNTOLD = [f"item__{name}" for name in ("geometry", "bbox", "properties", "assets", "links", "extra", "asset_files")]


class IngestList(ListAPIView[IngestJob]):
    """Make an ingest (202 and its Location), or list those you may see, newest first."""

    token_scopes = INGESTS
    throttle_classes = (IngestThrottle,)
    permission_classes = (IsAuthenticated,)
    serializer_class = IngestJobSerializer
    pagination_class = NewestFirst
    filter_backends = (DjangoFilterBackend,)
    filterset_class = IngestFilters

    def get_queryset(self) -> QuerySet[IngestJob]:
        return IngestJob.objects.visible_to(self.request.user)

    @extend_schema(request=IngestRequestSerializer, responses={202: IngestJobSerializer})
    def post(self, request: Request) -> Response:
        wanted = IngestRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        job = create_job(
            user=signed_in(request),
            collection_id=wanted.validated_data["collection"],
            sources=wanted.validated_data["sources"],
            options=wanted.validated_data.get("options"),
        )
        body = self.get_serializer(job).data
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": body["links"]["self"]})


class IngestDetail(RetrieveAPIView[IngestJob]):
    """How far an ingest has come: how many sources are in each state."""

    permission_classes = (IsAuthenticated,)
    serializer_class = IngestJobSerializer
    lookup_url_kwarg = "job_id"

    def get_object(self) -> IngestJob:
        return get_visible_job(user=self.request.user, job_id=self.kwargs["job_id"])


class IngestSources(ListAPIView[IngestSource]):
    """Each source of an ingest, with its item or what went wrong."""

    permission_classes = (IsAuthenticated,)
    serializer_class = IngestSourceSerializer
    pagination_class = KeysetPagination
    filter_backends = (DjangoFilterBackend,)
    filterset_class = SourceFilters
    # Names the model; which job's sources they are is known with a request.
    queryset = IngestSource.objects.none()

    def get_queryset(self) -> QuerySet[IngestSource]:
        job = get_visible_job(user=self.request.user, job_id=self.kwargs["job_id"])
        return job.sources.select_related("item", "file").defer("details", *UNTOLD)


class IngestRetry(GenericAPIView[IngestJob]):
    """Try again what failed or was cancelled; with `sources`, only these."""

    token_scopes = INGESTS
    permission_classes = (IsAuthenticated,)
    serializer_class = IngestJobSerializer

    @extend_schema(request=IngestRetrySerializer)
    def post(self, request: Request, job_id: UUID) -> Response:
        asked = IngestRetrySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        retry_job(user=signed_in(request), job_id=job_id, source_ids=asked.validated_data.get("sources"))
        job = get_visible_job(user=signed_in(request), job_id=job_id)
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)


class IngestCancel(GenericAPIView[IngestJob]):
    """Stop what waits; what runs already ends by itself."""

    token_scopes = INGESTS
    permission_classes = (IsAuthenticated,)
    serializer_class = IngestJobSerializer

    @extend_schema(request=None)
    def post(self, request: Request, job_id: UUID) -> Response:
        return Response(self.get_serializer(cancel_job(user=signed_in(request), job_id=job_id)).data)
