"""Watches and their crawls in the admin."""

from collections.abc import Iterable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.rows import ReadOnlyAdmin
from catalog.models import Crawl, Watch
from catalog.services.watches.crawling import start_crawl
from catalog.services.watches.editing import delete_watch


class CrawlInline(admin.TabularInline[Crawl, Watch]):
    model = Crawl
    extra = 0
    can_delete = False
    fields = readonly_fields = (
        "created", "finished", "state", "listed", "new", "changed", "gone", "unchanged", "skipped", "error_description",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Watch | None = None) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Watch | None = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Watch)
class WatchAdmin(ReadOnlyAdmin):
    list_display = ("href", "collection", "owner", "interval", "enabled", "last_state", "next_crawl")
    list_filter = ("enabled", "collection")
    search_fields = ("href",)
    inlines = (CrawlInline,)
    actions = ("crawl",)

    def has_crawl_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may have places crawled: who may change rows, though nobody does so here."""
        return super(ReadOnlyAdmin, self).has_change_permission(request)

    def remove(self, rows: Iterable[Watch]) -> None:
        for watch in list(rows):
            delete_watch(watch)

    @admin.display(description="last crawl")
    def last_state(self, watch: Watch) -> str:
        crawl = watch.crawls.order_by("-created").first()
        return f"{crawl.state} {crawl.error_code}".strip() if crawl else ""

    @admin.action(description="Crawl now", permissions=["crawl"])
    def crawl(self, request: HttpRequest, watches: QuerySet[Watch]) -> None:
        count = sum(start_crawl(watch) is not None for watch in watches)
        messages.success(request, f"{count} places are crawled.")
