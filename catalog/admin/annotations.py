"""Annotations in the admin."""

from collections.abc import Iterable

from django.contrib import admin

from catalog.admin.rows import ReadOnlyAdmin
from catalog.models import Annotation
from catalog.services.annotations.editing import remove_annotations


@admin.register(Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "item", "owner", "space", "created")
    list_filter = ("space", "item__collection")
    list_select_related = ("item", "owner")
    raw_id_fields = ("item",)
    search_fields = ("name", "note")

    def remove(self, rows: Iterable[Annotation]) -> None:
        remove_annotations(list(rows))
