"""The native API's documents."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, cast
from uuid import UUID

import orjson
from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.errors import CredentialsRefused
from catalog.models import ApiToken, ChecksumFile, Collection, IngestJob, IngestSource, Membership
from catalog.models.collection import identifier_validator
from catalog.scenes.pattern import MAX_PATTERN, check_bands, check_pattern
from catalog.scenes.scene import SceneError
from catalog.services.ingest.jobs import STAC_KINDS
from catalog.services.ingest.progress import DONE, Progress, count_sources
from catalog.services.ingest.specs import SourceSpec


class CollectionSerializer(serializers.ModelSerializer[Collection]):
    keywords = serializers.ListField(child=serializers.CharField(max_length=256), required=False)
    item_count = serializers.IntegerField(read_only=True, required=False)

    class Meta:
        model = Collection
        fields = ("id", "title", "description", "license", "keywords", "visibility", "item_count", "created", "updated")
        read_only_fields = ("created", "updated")
        # The service answers 409 for an id that is taken; the validator would make it a 400.
        extra_kwargs: ClassVar[dict[str, Any]] = {"id": {"validators": []}}


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """A user by `username`, or all of a group by `group`."""

    username = serializers.CharField(source="user.username", required=False, max_length=150)
    group = serializers.CharField(source="group.name", required=False, max_length=150)

    class Meta:
        model = Membership
        fields = ("username", "group", "role")

    def to_representation(self, instance: Membership) -> dict[str, Any]:
        member = {"group": instance.group.name} if instance.group else {"username": str(instance.user)}
        return {**member, "role": instance.role}


class FileSerializer(serializers.ModelSerializer[ChecksumFile]):
    href = serializers.SerializerMethodField()

    class Meta:
        model = ChecksumFile
        fields = (
            *("id", "name", "media_type", "size", "checksum", "collection", "created", "href"),
            *("verification", "verified", "found_checksum"),
        )

    def get_href(self, file: ChecksumFile) -> str:
        return _absolute(self, "file-content", file.pk, file.name)


# A folder, then what only patterns have. A key may have brackets: alone they make no pattern. `**/` says no more than
# `*` does, which passes slashes.
MAX_GLOBS = 50
GLOB = re.compile(r"(?P<folder>[^*?]*/)(?:\*\*/)?(?P<glob>[^/*?]*[*?].*)")


class LocationField(serializers.CharField):
    """Limited in bytes: what PostgreSQL has in an index fits on a third of a page."""

    default_error_messages = {"max_bytes": "A location has at most 2,048 bytes."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> str:
        value: str = super().to_internal_value(data)
        if len(value.encode(errors="replace")) > 2048:
            self.fail("max_bytes")
        return value


@extend_schema_field({"oneOf": [{"type": "string", "format": "uri"}, {"type": "object", "additionalProperties": True}]})
class StacField(serializers.Field[Any, Any, Any, Any]):
    """The address of a STAC document, or one itself."""

    def to_internal_value(self, data: Any) -> SourceSpec:
        if isinstance(data, str):
            return SourceSpec(stac=LocationField().run_validation(data))
        if not isinstance(data, dict):
            raise serializers.ValidationError("Give the address of a STAC document, or one itself.")
        try:
            text = orjson.dumps(data).decode()
        except TypeError as error:
            raise serializers.ValidationError(f"The document can't be written as JSON: {error}.") from None
        if "\\u0000" in text:
            raise serializers.ValidationError("The document has a NUL character.")
        return SourceSpec(document=text)

    def to_representation(self, value: Any) -> Any:
        return value


class IngestRetrySerializer(serializers.Serializer[dict[str, Any]]):
    """Which sources of an ingest to try again."""

    sources = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        min_length=1,
        max_length=1000,
        help_text="Ids of sources; all that failed or were cancelled if it is left out.",
    )


class GlobsField(serializers.ListField):
    child = serializers.CharField(max_length=256)

    def to_internal_value(self, data: Any) -> list[str]:
        """Take one glob for a list of one."""
        return super().to_internal_value([data] if isinstance(data, str) else data)


class SourceSpecSerializer(serializers.Serializer[SourceSpec]):
    """One thing to ingest: exactly one of `href`, `prefix`, `stac` and `file`."""

    href = LocationField(required=False, help_text="An http, https or s3 URL of one file.")
    prefix = LocationField(
        required=False,
        help_text="`s3://bucket/folder/`, `https://host/folder/`: every image below; with `*.tif` at its end: "
        "those that match.",
    )
    include = serializers.CharField(required=False, max_length=256, help_text="A glob for a prefix, such as `*.tif`.")
    exclude = GlobsField(
        required=False, max_length=MAX_GLOBS, help_text="Globs of what a prefix leaves out, such as `*_browse.tif`."
    )
    since = serializers.DateTimeField(required=False, help_text="Leave out of a prefix what was written before.")
    stac = StacField(
        required=False,
        help_text="A STAC item, ItemCollection, collection, catalog, ndjson or a search of an API: its URL, or itself.",
    )
    file = serializers.UUIDField(required=False, help_text="The id of a file uploaded to `/api/files/`.")

    def to_internal_value(self, data: Any) -> SourceSpec:
        if isinstance(data, dict) and (unknown := sorted(map(str, data.keys() - self.fields.keys()))):
            raise serializers.ValidationError(
                f"{unknown[0]!r} is not a member of a source; {', '.join(self.fields)} are."
            )
        values = super().to_internal_value(data)
        given = [name for name in ("href", "prefix", "stac", "file") if name in values]
        if len(given) != 1:
            raise serializers.ValidationError("Give exactly one of href, prefix, stac and file.")
        for name in ("include", "exclude", "since"):
            if name in values and "prefix" not in values:
                raise serializers.ValidationError(f"{name} goes with prefix.")
        values |= {"exclude": tuple(values["exclude"])} if "exclude" in values else {}
        if "include" not in values and (parted := GLOB.fullmatch(values.get("prefix", ""))):
            # As people write it: the pattern at the end of the prefix.
            values |= {"prefix": parted["folder"], "include": parted["glob"]}
        return values["stac"] if "stac" in values else SourceSpec(**values)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "boolean"},
            {
                "type": "object",
                "properties": {
                    "pattern": {"type": "string", "maxLength": MAX_PATTERN},
                    "bands": {"type": "object", "additionalProperties": {"type": "string"}},
                },
                "required": ["pattern"],
                "additionalProperties": False,
            },
        ]
    }
)
class ScenesField(serializers.Field[Any, Any, Any, Any]):
    """A boolean, or an object with a pattern."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool):
            return data
        if not isinstance(data, dict) or not {"pattern"} <= data.keys() <= {"pattern", "bands"}:
            raise serializers.ValidationError('Give true, false, or {"pattern": "{scene}_{band}.tif", "bands": {…}}.')
        for name, check in (("pattern", check_pattern), ("bands", check_bands)):
            try:
                check(data.get(name, {}))
            except SceneError as error:
                raise serializers.ValidationError(f"{name}: {error}.") from None
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class OptionsSerializer(serializers.Serializer[dict[str, Any]]):
    item_id = serializers.CharField(
        required=False,
        max_length=200,
        validators=[identifier_validator],
        help_text="The item's id, for a job of one file; by default the file's stem.",
    )
    create_collections = serializers.BooleanField(
        required=False,
        help_text="Of STAC documents: items go to the collections that they name, which are made; otherwise to this.",
    )
    probe = serializers.BooleanField(
        required=False,
        help_text="Of STAC documents: open each asset at once, not when it is first looked at.",
    )

    scenes = ScenesField(
        required=False,
        help_text="How files become scenes, which are one item each: by the conventions of sensors (`true`, the "
        'default), not at all (`false`), or by a pattern of names too: `{"pattern": "{scene}_{band}.tif"}`, '
        'with names for its bands if they tell none: `"bands": {"B4": "red"}`.',
    )


class IngestRequestSerializer(serializers.Serializer[Any]):
    collection = serializers.CharField(max_length=256)
    sources = serializers.ListField(child=SourceSpecSerializer(), allow_empty=False, required=False)
    stac = StacField(required=False, help_text="Short for one source that has `stac` alone.")
    options = OptionsSerializer(required=False)

    def validate_sources(self, sources: list[SourceSpec]) -> list[SourceSpec]:
        if len(sources) > settings.INGEST_MAX_SOURCES:
            raise serializers.ValidationError(
                f"{len(sources):,} are too many; {settings.INGEST_MAX_SOURCES:,} at once."
            )
        return sources

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("stac" in attrs) == ("sources" in attrs):
            raise serializers.ValidationError({"sources": "Give either sources or stac."})
        attrs.setdefault("sources", [attrs.get("stac")])
        first = attrs["sources"][0]
        several = len(attrs["sources"]) > 1 or first.prefix or first.stac or first.document
        if attrs.get("options", {}).get("item_id") and several:
            raise serializers.ValidationError({"options": "item_id goes with one source of one file."})
        return attrs


class IngestJobPageSerializer(serializers.ListSerializer[Any]):
    """Counts the sources of all its jobs at once."""

    def to_representation(self, data: Any) -> Any:
        jobs = list(data)
        child = cast(IngestJobSerializer, self.child)
        child.counts_of_page = count_sources(jobs)
        return super().to_representation(jobs)


class IngestJobSerializer(serializers.ModelSerializer[IngestJob]):
    counts_of_page: Mapping[UUID, Progress] | None = None
    state = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField(help_text="Finished sources as a part of all, 0 to 1.")
    rate = serializers.SerializerMethodField(
        help_text="Sources a second: in the last minute, or over all the time of a finished job; null before."
    )
    seconds_left = serializers.SerializerMethodField(help_text="Until all are done, at this rate; null where unknown.")
    items = serializers.SerializerMethodField(help_text="Items of STAC documents that were written, and refused.")
    paused = serializers.SerializerMethodField(
        help_text="Why it waits for somebody to mend what opens a store; it goes on from there."
    )
    links = serializers.SerializerMethodField()

    class Meta:
        model = IngestJob
        list_serializer_class = IngestJobPageSerializer
        fields = (
            "id", "collection", "state", "counts", "total", "progress", "rate", "seconds_left", "items", "paused",
            "options", "created", "finished", "links",
        )  # fmt: skip

    def to_representation(self, instance: IngestJob) -> dict[str, Any]:
        self._counts = (self.counts_of_page or count_sources([instance]))[instance.pk]
        return super().to_representation(instance)

    def get_state(self, job: IngestJob) -> str:
        if job.cancelled:
            return "cancelled"
        if job.finished:
            return "finished"
        return "paused" if self._counts.paused and not self._counts.states["running"] else "running"

    def get_paused(self, job: IngestJob) -> dict[str, str] | None:
        if job.finished or not self._counts.paused:
            return None
        return {"code": CredentialsRefused.code, "description": self._counts.paused}

    def get_counts(self, job: IngestJob) -> dict[str, int]:  # noqa: ARG002
        return self._counts.states

    def get_total(self, job: IngestJob) -> int:  # noqa: ARG002
        return sum(self._counts.states.values())

    def get_progress(self, job: IngestJob) -> float:
        total = self.get_total(job)
        return round((total - self._counts.waiting) / total, 4) if total else 1.0

    def get_rate(self, job: IngestJob) -> float | None:
        rate = self._counts.rate(job)
        return None if rate is None else round(rate, 3)

    def get_seconds_left(self, job: IngestJob) -> float | None:
        left = self._counts.seconds_left(job)
        return None if left is None else round(left, 1)

    def get_items(self, job: IngestJob) -> dict[str, int]:  # noqa: ARG002
        return {"written": self._counts.written, "refused": self._counts.refused}

    def get_links(self, job: IngestJob) -> dict[str, str]:
        return {
            name: _absolute(self, route, job.pk)
            for name, route in (
                ("self", "ingest-detail"),
                ("sources", "ingest-sources"),
                ("retry", "ingest-retry"),
                ("cancel", "ingest-cancel"),
            )
        }


class IngestSourceSerializer(serializers.ModelSerializer[IngestSource]):
    name = serializers.CharField(read_only=True)
    error = serializers.SerializerMethodField()
    warnings = serializers.ListField(
        child=serializers.CharField(), read_only=True, help_text="What of a scene is not as it should be."
    )
    item = serializers.SerializerMethodField()
    items = serializers.SerializerMethodField(help_text="Of a STAC document: items written, and refused.")
    seconds = serializers.SerializerMethodField(
        help_text="From when a worker last took it (`started`) to its end; null before."
    )
    remarks = serializers.ListField(
        child=serializers.DictField(),
        read_only=True,
        help_text="Of a STAC document: which items were refused or mended, which assets can't be shown, and why.",
    )

    class Meta:
        model = IngestSource
        fields = (
            "id", "kind", "href", "name", "state", "attempts", "error", "warnings", "item", "items", "remarks",
            "started", "seconds", "updated",
        )  # fmt: skip

    def get_seconds(self, source: IngestSource) -> float | None:
        if source.state not in DONE or source.started is None:
            return None
        return round(max((source.updated - source.started).total_seconds(), 0), 3)

    def get_error(self, source: IngestSource) -> dict[str, str] | None:
        if not source.error_code:
            return None
        return {"code": source.error_code, "description": source.error_description}

    def get_items(self, source: IngestSource) -> dict[str, int] | None:
        if source.kind not in STAC_KINDS:
            return None
        return {"written": source.items_written, "refused": source.items_refused}

    def get_item(self, source: IngestSource) -> dict[str, str] | None:
        item = source.item
        if item is None:
            return None
        path = reverse("stac-item", args=(item.collection_id, item.item_id))
        return {
            "id": item.item_id,
            "collection": item.collection_id,
            "href": self.context["request"].build_absolute_uri(path),
        }


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    secret = serializers.CharField(read_only=True, required=False, help_text="Shown once, when the token is made.")

    class Meta:
        model = ApiToken
        fields = ("id", "name", "scope", "prefix", "created", "last_used", "expires", "secret")
        read_only_fields = ("prefix", "created", "last_used")


def _absolute(serializer: serializers.BaseSerializer[Any], route: str, *parts: object) -> str:
    uri: str = serializer.context["request"].build_absolute_uri(reverse(route, args=parts))
    return uri
