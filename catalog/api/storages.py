"""`/api/storages/`: what imagery may be read from, and with which credentials."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.api.authentication import DECIDES_WHO_MAY, signed_in
from catalog.api.pagination import KeysetPagination
from catalog.api.serializers import LocationField
from catalog.api.throttling import FailedTokenThrottle
from catalog.errors import NotAllowed, SourceRefused, SourceUnreachable
from catalog.models import Storage
from catalog.services.storages.editing import (
    change_storage,
    check_storage,
    create_storage,
    get_storage,
    may_manage,
    remove_storages,
    require_manager,
)
from catalog.services.storages.events import take_events
from catalog.services.storages.secrets import NAMES


class StorageSerializer(serializers.ModelSerializer[Storage]):
    href = LocationField(help_text="`s3://bucket/prefix/`, `https://host/path/`, `gs://bucket/` or `az://container/`.")
    credentials = serializers.DictField(
        child=serializers.CharField(max_length=8192, allow_blank=True),
        required=False,
        write_only=True,
        help_text=f"Kept encrypted, and never returned: {', '.join(NAMES)}. `{{}}` takes them away.",
    )
    events_secret = serializers.CharField(
        required=False, write_only=True, allow_blank=True, min_length=16, max_length=256,
        help_text="What the store's events are signed with (HMAC-SHA-256). Never returned.",
    )  # fmt: skip
    has_credentials = serializers.SerializerMethodField(help_text="Whether some were given here or are named.")
    collections = serializers.ListField(
        child=serializers.CharField(max_length=256), required=False, max_length=1000, write_only=True,
        help_text="The collections that may be ingested from it, unless it is `is_open` to every account.",
    )  # fmt: skip
    links = serializers.SerializerMethodField()

    class Meta:
        model = Storage
        fields = (
            "id", "name", "href", "endpoint", "region", "requester_pays", "anonymous", "credentials_env",
            "credentials", "has_credentials", "events_secret", "sas_url", "connections", "requests", "is_open",
            "collections", "created", "updated", "links",
        )  # fmt: skip
        # The service answers 409 for a name that is taken; the validator would make it a 400.
        extra_kwargs: ClassVar[dict[str, Any]] = {"name": {"validators": []}}

    def to_representation(self, instance: Storage) -> dict[str, Any]:
        """Show those who only ingest from it what it is, and nothing of how it is opened."""
        document = super().to_representation(instance)
        document["collections"] = sorted(instance.collections.values_list("pk", flat=True))
        if not may_manage(self.context["request"].user):
            shown = ("id", "name", "href", "requester_pays", "is_open", "links")
            return {name: document[name] for name in shown}
        return document

    def get_has_credentials(self, storage: Storage) -> bool:
        return bool(storage.secrets or storage.credentials_env)

    def get_links(self, storage: Storage) -> dict[str, str]:
        request = self.context["request"]
        routes = {"self": "storage-detail", "check": "storage-check", "events": "storage-events"}
        return {name: reverse(route, args=(storage.pk,), request=request) for name, route in routes.items()}


class EventsSerializer(serializers.Serializer[dict[str, Any]]):
    created = serializers.IntegerField(help_text="Objects that are looked at.")
    removed = serializers.IntegerField(help_text="Objects that are asked for, and marked where they are gone.")
    duplicates = serializers.IntegerField(help_text="Told before.")
    ignored = serializers.IntegerField(help_text="Of no watch, or no imagery.")


class StorageEvents(GenericAPIView[Storage]):
    """Tell of objects that came or went, as S3, SNS and EventBridge do; signed with the storage's `events_secret`."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    serializer_class = EventsSerializer  # type: ignore[assignment]

    @extend_schema(
        request={"application/json": {"type": "object", "additionalProperties": True}},
        responses={202: EventsSerializer},
        parameters=[
            OpenApiParameter(
                "X-Geodata-Signature",
                location=OpenApiParameter.HEADER,
                description="`sha256=` and the HMAC-SHA-256 of the body in hex; or the secret itself as `X-Api-Key`, "
                "or as the password of HTTP Basic.",
            )
        ],
    )
    def post(self, request: Request, storage_id: UUID) -> Response:
        tries = FailedTokenThrottle()
        try:
            found = take_events(storage_id=storage_id, body=request.body, headers=request.headers)
        except NotAllowed:
            if not tries.counts(request, self):
                raise Throttled(tries.wait()) from None
            raise
        return Response(found, status=status.HTTP_202_ACCEPTED)


class StorageCheckSerializer(serializers.Serializer[dict[str, Any]]):
    ok = serializers.BooleanField()
    error = serializers.DictField(child=serializers.CharField(), allow_null=True)


class StorageList(ListAPIView[Storage]):
    """Make a storage (staff), or list those that you may ingest from."""

    token_scopes = DECIDES_WHO_MAY
    permission_classes = (IsAuthenticated,)
    serializer_class = StorageSerializer
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[Storage]:
        user = self.request.user
        return Storage.objects.all() if may_manage(user) else Storage.objects.usable_by(user)

    @extend_schema(responses={201: StorageSerializer})
    def post(self, request: Request) -> Response:
        require_manager(request.user)
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        values = dict(wanted.validated_data)
        storage = create_storage(user=signed_in(request), href=values.pop("href"), values=values)
        body = self.get_serializer(storage).data
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": body["links"]["self"]})


class StorageDetail(GenericAPIView[Storage]):
    """See a storage, change it, or delete it. Its place stays what it is."""

    token_scopes = DECIDES_WHO_MAY
    permission_classes = (IsAuthenticated,)
    serializer_class = StorageSerializer

    def get(self, request: Request, storage_id: UUID) -> Response:
        return Response(self.get_serializer(get_storage(user=request.user, storage_id=storage_id)).data)

    def patch(self, request: Request, storage_id: UUID) -> Response:
        user = signed_in(request)
        storage = get_storage(user=user, storage_id=storage_id, manage=True)
        wanted = self.get_serializer(data=request.data, partial=True)
        wanted.is_valid(raise_exception=True)
        values = {name: value for name, value in wanted.validated_data.items() if name != "href"}
        return Response(self.get_serializer(change_storage(storage, user=user, values=values)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, storage_id: UUID) -> Response:
        user = signed_in(request)
        remove_storages([get_storage(user=user, storage_id=storage_id, manage=True)], user=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class StorageCheck(GenericAPIView[Storage]):
    """Ask the store whether it lets the site in."""

    token_scopes = DECIDES_WHO_MAY
    permission_classes = (IsAuthenticated,)
    serializer_class = StorageCheckSerializer  # type: ignore[assignment]

    @extend_schema(request=None)
    def post(self, request: Request, storage_id: UUID) -> Response:
        storage = get_storage(user=signed_in(request), storage_id=storage_id, manage=True)
        try:
            check_storage(storage)
        except (SourceRefused, SourceUnreachable) as error:
            return Response({"ok": False, "error": {"code": error.code, "description": error.message}})
        return Response({"ok": True, "error": None})
