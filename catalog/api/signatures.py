"""`/api/signatures/`: URLs that show private imagery to clients that send no headers, for a time."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.authentication import DECIDES_WHO_MAY, READS_BY_POST, signed_in
from catalog.services.access.signatures import revoke_signatures, sign

DEFAULT_SECONDS = 3600


class SignatureRequestSerializer(serializers.Serializer[Any]):
    collection = serializers.CharField(max_length=256)
    item = serializers.CharField(max_length=256, required=False, default="", help_text="This item alone.")
    search = serializers.CharField(
        max_length=32, required=False, default="", help_text="The collection within this search's mosaic alone."
    )
    expires = serializers.IntegerField(
        required=False, default=DEFAULT_SECONDS, min_value=1, help_text="Seconds from now."
    )


class SignatureSerializer(serializers.Serializer[Any]):
    expires = serializers.IntegerField(help_text="When it ends, in seconds since 1970.")
    signature = serializers.CharField()
    query = serializers.CharField(help_text="Both, to be put behind the `?` of a tile, TileJSON, WMTS or download URL.")


class SignatureList(APIView):
    """Sign for a collection that you see, one item of it, or it within a search's mosaic, for so many seconds."""

    token_scopes = READS_BY_POST
    permission_classes = (IsAuthenticated,)

    @extend_schema(request=SignatureRequestSerializer, responses={201: SignatureSerializer})
    def post(self, request: Request) -> Response:
        wanted = SignatureRequestSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        fields = wanted.validated_data
        expires, signature = sign(
            user=signed_in(request),
            collection_id=fields["collection"],
            item_id=fields["item"],
            search_id=fields["search"],
            seconds=fields["expires"],
        )
        query = f"expires={expires}&signature={signature}"
        document = {"expires": expires, "signature": signature, "query": query}
        return Response(document, status=status.HTTP_201_CREATED)


class SignatureRevocation(APIView):
    """Make every URL of the collection that was signed before worthless. Its owners may."""

    token_scopes = DECIDES_WHO_MAY
    permission_classes = (IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, collection_id: str) -> Response:
        revoke_signatures(user=signed_in(request), collection_id=collection_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
