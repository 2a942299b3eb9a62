"""Collections, items and files in the admin."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.admin.access import MembershipInline
from catalog.admin.rows import ReadOnlyAdmin, ServiceAdmin
from catalog.errors import InvalidInput
from catalog.models import ChecksumFile, Collection, Item
from catalog.services.access.members import change_members
from catalog.services.collections.editing import remove_collection
from catalog.services.collections.lifecycle import change_collection, insert_collection
from catalog.services.collections.queryables import check_queryables
from catalog.services.collections.renders import check_renders
from catalog.services.files.deleting import remove_files
from catalog.services.items.editing import remove_items


class CollectionForm(ModelForm[Collection]):
    """What services would refuse is told beside its field."""

    def clean_queryables(self) -> Any:
        return self._checked("queryables", check_queryables)

    def clean_extra(self) -> Any:
        return self._checked("extra", lambda extra: check_renders(extra["renders"]) if "renders" in extra else None)

    def _checked(self, name: str, check: Any) -> Any:
        value = self.cleaned_data[name] or {}
        if not isinstance(value, dict):
            raise ValidationError("Give an object.")
        if name in self.changed_data:
            try:
                check(value)
            except InvalidInput as error:
                raise ValidationError(error.message) from None
        return value


@admin.register(Collection)
class CollectionAdmin(ServiceAdmin):
    list_display = ("id", "title", "visibility", "item_count", "updated")
    list_filter = ("visibility",)
    search_fields = ("id", "title")
    readonly_fields = ("bbox", "start_datetime", "end_datetime", "version", "created", "updated")
    inlines = (MembershipInline,)
    form = CollectionForm

    def remove(self, rows: Iterable[Collection]) -> None:
        for collection in rows:
            remove_collection(collection)

    def get_readonly_fields(self, request: HttpRequest, obj: Collection | None = None) -> tuple[str, ...]:  # noqa: ARG002
        # With another id, saving would make a second collection.
        return ("id", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Collection, form: ModelForm[Collection], change: bool) -> None:  # noqa: ARG002, FBT001
        if change:
            change_collection(obj, **{name: form.cleaned_data[name] for name in form.changed_data})
        else:
            insert_collection(obj, owner=None)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        roles, gone = formset.changes()
        # What the admin's log tells of.
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []
        if roles or gone:
            change_members(form.instance.pk, roles=roles, gone=gone)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        collections = super().get_queryset(request)
        counted: QuerySet[Any] = collections.annotate(items_counted=Count("items"))
        return counted

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

    def remove(self, rows: Iterable[Item]) -> None:
        remove_items(rows)


@admin.register(ChecksumFile)
class ChecksumFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "collection", "size", "media_type", "owner", "created", "verification", "verified")
    list_filter = ("collection", "media_type", "verification")
    search_fields = ("name", "url", "checksum")

    def remove(self, rows: Iterable[ChecksumFile]) -> None:
        remove_files(rows)
