"""`/api/collections/`: made, changed, and shared with members."""

from typing import Any

from django.db.models import Count, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListCreateAPIView, RetrieveUpdateAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.authentication import DECIDES_WHO_MAY, signed_in
from catalog.api.filters import CollectionFilters
from catalog.api.pagination import KeysetPagination
from catalog.api.serializers import CollectionSerializer, MembershipSerializer
from catalog.models import Collection, Membership
from catalog.services.access.members import list_members, remove_member, set_member
from catalog.services.access.permissions import get_visible_collection
from catalog.services.collections.lifecycle import create_collection, update_collection


class CollectionList(ListCreateAPIView[Collection]):
    serializer_class = CollectionSerializer
    pagination_class = KeysetPagination
    filter_backends = (DjangoFilterBackend,)
    filterset_class = CollectionFilters

    def get_queryset(self) -> QuerySet[Collection]:
        return Collection.objects.visible_to(self.request.user).annotate(item_count=Count("items"))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        collection = create_collection(user=signed_in(request), collection_id=fields.pop("id"), **fields)
        return Response(self.get_serializer(collection).data, status=status.HTTP_201_CREATED)


class CollectionDetail(RetrieveUpdateAPIView[Collection]):
    serializer_class = CollectionSerializer
    http_method_names = ("get", "head", "options", "patch")

    def get_object(self) -> Collection:
        return get_visible_collection(user=self.request.user, collection_id=self.kwargs["collection_id"])

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        collection = update_collection(
            user=signed_in(request), collection_id=self.kwargs["collection_id"], **serializer.validated_data
        )
        return Response(self.get_serializer(collection).data)


class MemberList(ListCreateAPIView[Membership]):
    """Who may see and change a collection, users and groups. Its owners read and write this; POST sets a member's role.

    DELETE takes it from the one of `?username=` or `?group=`.
    """

    token_scopes = DECIDES_WHO_MAY
    serializer_class = MembershipSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[Membership]:
        return list_members(user=self.request.user, collection_id=self.kwargs["collection_id"])

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        member = set_member(
            user=signed_in(request),
            collection_id=self.kwargs["collection_id"],
            username=given.get("user", {}).get("username", ""),
            group=given.get("group", {}).get("name", ""),
            role=given.get("role", Membership.Role.VIEWER),
        )
        return Response(self.get_serializer(member).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[
            OpenApiParameter("username", description="The user who is no member any more."),
            OpenApiParameter("group", description="The group that is none any more, instead of a user."),
        ],
        responses={204: None},
    )
    def delete(self, request: Request, collection_id: str) -> Response:
        query = request.query_params
        remove_member(
            user=signed_in(request),
            collection_id=collection_id,
            username=query.get("username", ""),
            group=query.get("group", ""),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
