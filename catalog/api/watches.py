"""`/api/watches/`: places that are crawled again and again, so that a collection stays true to them."""

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.api.authentication import signed_in
from catalog.api.pagination import NewestFirst
from catalog.api.serializers import MAX_GLOBS, GlobsField, LocationField, ScenesField
from catalog.api.throttling import IngestThrottle
from catalog.models import ApiToken, Crawl, Watch
from catalog.services.watches.crawling import request_crawl
from catalog.services.watches.editing import change_watch, create_watch, delete_watch, get_visible_watch

WATCHES = dict.fromkeys(("POST", "PATCH", "DELETE"), ApiToken.Scope.INGEST)
LEAST_INTERVAL, MOST_INTERVAL = 60, 366 * 24 * 3600


class CrawlSerializer(serializers.ModelSerializer[Crawl]):
    state = serializers.SerializerMethodField(help_text="running, paused (with an error), finished or failed.")
    counts = serializers.SerializerMethodField(
        help_text="Objects listed; of them skipped, unchanged, new, changed; and those that are gone."
    )
    error = serializers.SerializerMethodField()
    ingest = serializers.SerializerMethodField(help_text="What it found to ingest; null where nothing had changed.")

    class Meta:
        model = Crawl
        fields = ("id", "state", "counts", "pages", "error", "ingest", "created", "finished")

    def get_state(self, crawl: Crawl) -> str:
        return crawl.state

    def get_counts(self, crawl: Crawl) -> dict[str, int]:
        names = ("listed", "skipped", "unchanged", "new", "changed", "gone")
        return {name: getattr(crawl, name) for name in names}

    def get_error(self, crawl: Crawl) -> dict[str, str] | None:
        if not crawl.error_code:
            return None
        return {"code": crawl.error_code, "description": crawl.error_description}

    def get_ingest(self, crawl: Crawl) -> str | None:
        if crawl.job_id is None:
            return None
        return reverse("ingest-detail", args=(crawl.job_id,), request=self.context["request"])


class WatchOptionsSerializer(serializers.Serializer[dict[str, Any]]):
    scenes = ScenesField(required=False, help_text="How files become scenes; as of an ingest.")


class WatchSerializer(serializers.ModelSerializer[Watch]):
    collection = serializers.CharField(source="collection_id", max_length=256)
    href = LocationField(
        help_text="`s3://bucket/folder/` or `https://host/folder/`: what lies below is kept in the collection."
    )
    include = GlobsField(
        required=False, max_length=MAX_GLOBS, help_text="Globs of names or paths, such as `*.tif`; all imagery without."
    )
    exclude = GlobsField(required=False, max_length=MAX_GLOBS, help_text="Globs of what is left out.")
    since = serializers.DateTimeField(required=False, allow_null=True, help_text="Leave out what is older.")
    delete = serializers.ChoiceField(
        source="delete_mode",
        choices=Watch.Delete.choices,
        required=False,
        help_text="What becomes of an item whose files are gone: `mark` (the default), `remove` or `keep`.",
    )
    interval = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=LEAST_INTERVAL,
        max_value=MOST_INTERVAL,
        help_text="Seconds from one crawl to the next; without, it is crawled when somebody or an event asks for it.",
    )
    options = WatchOptionsSerializer(required=False)
    last_crawl = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()

    class Meta:
        model = Watch
        fields = (
            "id", "collection", "href", "include", "exclude", "since", "delete", "interval", "enabled", "options",
            "next_crawl", "created", "last_crawl", "links",
        )  # fmt: skip
        read_only_fields = ("next_crawl", "created")

    @extend_schema_field(CrawlSerializer(allow_null=True))
    def get_last_crawl(self, watch: Watch) -> dict[str, Any] | None:
        crawl = watch.crawls.order_by("-created").first()
        return cast("dict[str, Any]", CrawlSerializer(crawl, context=self.context).data) if crawl else None

    def get_links(self, watch: Watch) -> dict[str, str]:
        routes = {"self": "watch-detail", "crawl": "watch-crawl", "crawls": "watch-crawls"}
        request = self.context["request"]
        return {name: reverse(route, args=(watch.pk,), request=request) for name, route in routes.items()}


class WatchChangeSerializer(WatchSerializer):
    """What may be changed of a watch: all but where it looks and what it fills."""

    collection = serializers.CharField(source="collection_id", read_only=True)
    href = serializers.CharField(read_only=True)  # type: ignore[assignment]


class WatchList(ListAPIView[Watch]):
    """Make a watch, which is crawled at once, or list those of collections that you edit, newest first."""

    token_scopes = WATCHES
    throttle_classes = (IngestThrottle,)
    permission_classes = (IsAuthenticated,)
    serializer_class = WatchSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Watch]:
        return Watch.objects.visible_to(self.request.user)

    @extend_schema(responses={201: WatchSerializer})
    def post(self, request: Request) -> Response:
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        body = self.get_serializer(create_watch(user=signed_in(request), **wanted.validated_data)).data
        return Response(body, status=status.HTTP_201_CREATED, headers={"Location": body["links"]["self"]})


class WatchDetail(GenericAPIView[Watch]):
    """See a watch with its last crawl, change it, or delete it; items that came of it stay."""

    token_scopes = WATCHES
    permission_classes = (IsAuthenticated,)
    serializer_class = WatchSerializer

    def get(self, request: Request, watch_id: UUID) -> Response:
        return Response(self.get_serializer(get_visible_watch(user=request.user, watch_id=watch_id)).data)

    @extend_schema(request=WatchChangeSerializer)
    def patch(self, request: Request, watch_id: UUID) -> Response:
        user = signed_in(request)
        watch = get_visible_watch(user=user, watch_id=watch_id)
        wanted = WatchChangeSerializer(data=request.data, partial=True, context=self.get_serializer_context())
        wanted.is_valid(raise_exception=True)
        return Response(self.get_serializer(change_watch(watch, user=user, values=wanted.validated_data)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, watch_id: UUID) -> Response:
        user = signed_in(request)
        delete_watch(get_visible_watch(user=user, watch_id=watch_id), user=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WatchCrawl(GenericAPIView[Crawl]):
    """Crawl now. 409 where a crawl is at work."""

    token_scopes = WATCHES
    throttle_classes = (IngestThrottle,)
    permission_classes = (IsAuthenticated,)
    serializer_class = CrawlSerializer

    @extend_schema(request=None, responses={202: CrawlSerializer})
    def post(self, request: Request, watch_id: UUID) -> Response:
        crawl = request_crawl(get_visible_watch(user=signed_in(request), watch_id=watch_id))
        return Response(self.get_serializer(crawl).data, status=status.HTTP_202_ACCEPTED)


class CrawlList(ListAPIView[Crawl]):
    """How the last crawls of a watch went, newest first."""

    permission_classes = (IsAuthenticated,)
    serializer_class = CrawlSerializer
    pagination_class = NewestFirst
    # Names the model; which watch's crawls they are is known with a request.
    queryset = Crawl.objects.none()

    def get_queryset(self) -> QuerySet[Crawl]:
        return get_visible_watch(user=self.request.user, watch_id=self.kwargs["watch_id"]).crawls.all()
