"""The record of changes in the admin: to look at, to filter, and nothing else."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from catalog.admin.rows import ReadOnlyAdmin
from catalog.models import AuditEntry


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    list_display = ("when", "who", "action", "target", "collection_id", "way", "address", "token")
    list_filter = ("action", "way", "when")
    search_fields = ("who", "target", "collection_id", "address", "token")
    date_hierarchy = "when"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
