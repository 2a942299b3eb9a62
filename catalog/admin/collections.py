from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.admin.read_only import ReadOnlyAdmin
from catalog.models import Collection, Item, Membership
from catalog.services.collections.versions import mark_changed


class MembershipInline(admin.TabularInline[Membership, Collection]):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin[Collection]):
    list_display = ("id", "title", "visibility", "item_count", "updated")
    list_filter = ("visibility",)
    search_fields = ("id", "title")
    readonly_fields = ("bbox", "start_datetime", "end_datetime", "version", "created", "updated")
    inlines = (MembershipInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Collection | None = None) -> tuple[str, ...]:  # noqa: ARG002
        # With another id, saving would make a second collection.
        return ("id", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Collection, form: ModelForm[Collection], change: bool) -> None:  # noqa: FBT001
        obj.version += change
        super().save_model(request, obj, form, change)
        mark_changed(obj.pk)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collection]:
        return super().get_queryset(request).annotate(items_counted=Count("items"))

    @admin.display(description="items")
    def item_count(self, collection: Collection) -> int:
        counted: int = getattr(collection, "items_counted", 0)
        return counted


@admin.register(Item)
class ItemAdmin(ReadOnlyAdmin):
    list_display = ("item_id", "collection", "start_datetime", "version", "updated")
    list_filter = ("collection",)
    search_fields = ("item_id",)
    date_hierarchy = "start_datetime"
