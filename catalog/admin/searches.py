from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.read_only import ReadOnlyAdmin
from catalog.models import Search, SearchOwner
from catalog.services.searches.registering import remove_search


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

    def delete_model(self, request: HttpRequest, obj: Search) -> None:  # noqa: ARG002
        """What was prepared of it goes too."""
        remove_search(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Search]) -> None:
        for search in queryset:
            self.delete_model(request, search)
