"""Ingest jobs, their sources, and registered searches in the admin."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.rows import ReadOnlyAdmin
from catalog.models import IngestJob, IngestSource, Search, SearchOwner
from catalog.services.ingest.jobs import remove_jobs, remove_sources, retry_sources
from catalog.services.ingest.progress import count_sources
from catalog.services.searches.registering import remove_searches


class RetryAdmin(ReadOnlyAdmin):
    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may have sources tried again: who may change rows, though nobody does so here."""
        return super(ReadOnlyAdmin, self).has_change_permission(request)


@admin.register(IngestJob)
class IngestJobAdmin(RetryAdmin):
    list_display = ("id", "collection", "owner", "states", "created", "finished")
    list_filter = ("collection",)
    date_hierarchy = "created"
    actions = ("retry",)

    def remove(self, rows: Iterable[IngestJob]) -> None:
        remove_jobs(rows)

    @admin.display
    def states(self, job: IngestJob) -> str:
        return ", ".join(f"{count} {state}" for state, count in count_sources([job])[job.pk].states.items() if count)

    @admin.action(description="Try failed and cancelled sources again", permissions=["retry"])
    def retry(self, request: HttpRequest, jobs: QuerySet[IngestJob]) -> None:
        count = retry_sources(IngestSource.objects.filter(job__in=jobs))
        messages.success(request, f"{count} sources are tried again.")


@admin.register(IngestSource)
class IngestSourceAdmin(RetryAdmin):
    list_display = ("name", "kind", "state", "attempts", "error_code", "job", "updated")
    list_filter = ("state", "kind", "error_code")
    list_select_related = ("file", "job")
    search_fields = ("href", "file__name")
    actions = ("retry",)

    def remove(self, rows: Iterable[IngestSource]) -> None:
        remove_sources(rows)

    @admin.action(description="Try failed and cancelled ones again", permissions=["retry"])
    def retry(self, request: HttpRequest, sources: QuerySet[IngestSource]) -> None:
        count = retry_sources(sources)
        messages.success(request, f"{count} sources are tried again.")


class SearchOwnerInline(admin.TabularInline[SearchOwner, Search]):
    model = SearchOwner
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Search | None = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Search | None = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Search)
class SearchAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "id", "registered", "overviews", "prepared")
    list_filter = ("overviews",)
    search_fields = ("id", "owners__user__username")
    inlines = (SearchOwnerInline,)

    def remove(self, rows: Iterable[Search]) -> None:
        remove_searches(rows)
