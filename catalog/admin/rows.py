"""Rows as the admin shows them: to look at and to delete, by the services that keep extents and caches true."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest


class ServiceAdmin(admin.ModelAdmin[Any]):
    """Deletes rows by the service that a subclass calls in `remove`."""

    show_full_result_count = False

    def remove(self, rows: Iterable[Any]) -> None:
        raise NotImplementedError

    def delete_model(self, request: HttpRequest, obj: Any) -> None:  # noqa: ARG002
        self.remove([obj])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # noqa: ARG002
        self.remove(queryset)


class ReadOnlyAdmin(ServiceAdmin):
    """To look at and to delete: ingest, the APIs and workers make these rows."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False
