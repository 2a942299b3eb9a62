"""`/api/tokens/`: one's own tokens."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.generics import DestroyAPIView, ListCreateAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.authentication import DECIDES_WHO_MAY, signed_in
from catalog.api.pagination import KeysetPagination
from catalog.api.serializers import TokenSerializer
from catalog.models import ApiToken
from catalog.services.access.tokens import create_token, revoke_token


class TokenList(ListCreateAPIView[ApiToken]):
    token_scopes = DECIDES_WHO_MAY
    permission_classes = (IsAuthenticated,)
    serializer_class = TokenSerializer
    pagination_class = KeysetPagination

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=signed_in(self.request))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        token, secret = create_token(user=signed_in(request), **serializer.validated_data)
        body = {**self.get_serializer(token).data, "secret": secret}
        return Response(body, status=status.HTTP_201_CREATED)


class TokenDetail(DestroyAPIView[ApiToken]):
    token_scopes = DECIDES_WHO_MAY
    permission_classes = (IsAuthenticated,)
    serializer_class = TokenSerializer

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=signed_in(self.request))

    def perform_destroy(self, instance: ApiToken) -> None:
        revoke_token(instance)
