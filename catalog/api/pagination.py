from rest_framework.pagination import CursorPagination
from rest_framework.response import Response


class KeysetPagination(CursorPagination):
    """Pages by key, so that rows that come and go meanwhile are neither shown twice nor left out."""

    page_size = 100
    page_size_query_param = "limit"
    max_page_size = 1000
    ordering = ("pk",)

    def get_paginated_response(self, data: object) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "previous": self.get_previous_link()})


class NewestFirst(KeysetPagination):
    ordering = ("-created",)
