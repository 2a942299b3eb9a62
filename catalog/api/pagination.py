from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response


class KeysetPagination(CursorPagination):
    """Pages by key, so that rows that come and go meanwhile are neither shown twice nor left out."""

    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 1000
    ordering = ("pk",)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except (ValueError, ValidationError):  # A cursor that we didn't make: its key is no number, or no time.
            raise NotFound(self.invalid_cursor_message) from None

    def get_paginated_response(self, data: object) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})


class NewestFirst(KeysetPagination):
    ordering = ("-created",)

    def decode_cursor(self, request: Request) -> Any:
        cursor: Any = super().decode_cursor(request)  # The stubs have its position a number.
        if cursor and cursor.position is not None:
            moment = parse_datetime(cursor.position)
            if moment is None or is_naive(moment):  # No cursor of ours: by which zone's clock would it be?
                raise NotFound(self.invalid_cursor_message)
        return cursor
