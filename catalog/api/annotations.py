"""`/api/annotations/`: what people draw and write on imagery, as GeoJSON."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog.api.authentication import signed_in
from catalog.api.pagination import NewestFirst
from catalog.documents.features import features_of
from catalog.errors import InvalidParameter
from catalog.models import Annotation
from catalog.services.annotations.editing import (
    change_annotation,
    create_annotations,
    delete_annotation,
    get_visible_annotation,
)

GEOJSON = "application/geo+json"
OF_ITEM = [
    OpenApiParameter("collection", description="The collection's id."),
    OpenApiParameter("item", description="The item's id."),
]
BBOX = OpenApiParameter("bbox", description="`west,south,east,north`, in the annotations' own coordinates.")
FEATURE: dict[str, Any] = {"type": "object", "additionalProperties": True}


class FeaturePages(NewestFirst):
    """Pages of GeoJSON, each with a link to the next."""

    def get_paginated_response(self, data: Any) -> Response:
        links = [{"rel": "next", "type": GEOJSON, "href": href} for href in [self.get_next_link()] if href]
        body = {"type": "FeatureCollection", "features": data, "numberReturned": len(data), "links": links}
        return Response(body, content_type=GEOJSON)


class _Annotations(GenericAPIView[Annotation]):
    pagination_class = FeaturePages
    queryset = Annotation.objects.none()

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.request.method in SAFE_METHODS else IsAuthenticated()]


class AnnotationList(_Annotations):
    """List annotations, newest first, or draw on an item: a Feature, or a FeatureCollection of at most 1,000."""

    @extend_schema(
        operation_id="annotations_list", parameters=[*OF_ITEM, BBOX], responses={(200, GEOJSON): OpenApiTypes.OBJECT}
    )
    def get(self, request: Request) -> Response:
        rows = _narrowed(Annotation.objects.visible_to(request.user), request).select_related("item", "owner")
        page = self.paginate_queryset(rows) or []
        return self.get_paginated_response(_features(page, request))

    @extend_schema(
        parameters=OF_ITEM,
        request={"application/json": FEATURE},
        responses={(201, GEOJSON): OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        body: Any = request.data
        features = features_of(body)
        places = (request.query_params, body, *(each for each in features[:1] if isinstance(each, dict)))
        where = {name: _named(name, places) for name in ("collection", "item")}
        made = create_annotations(
            user=signed_in(request), collection_id=where["collection"], item_id=where["item"], features=features
        )
        found = _features(made, request)
        if body["type"] == "Feature":
            headers = {"Location": found[0]["links"][0]["href"]}
            return Response(found[0], status=status.HTTP_201_CREATED, headers=headers, content_type=GEOJSON)
        answer = {"type": "FeatureCollection", "features": found, "numberReturned": len(found)}
        return Response(answer, status=status.HTTP_201_CREATED, content_type=GEOJSON)


class AnnotationDetail(_Annotations):
    """See, change or delete one annotation."""

    @extend_schema(responses={(200, GEOJSON): OpenApiTypes.OBJECT})
    def get(self, request: Request, annotation_id: UUID) -> Response:
        return self._answer(get_visible_annotation(user=request.user, annotation_id=annotation_id))

    @extend_schema(request={"application/json": FEATURE}, responses={(200, GEOJSON): OpenApiTypes.OBJECT})
    def patch(self, request: Request, annotation_id: UUID) -> Response:
        user = signed_in(request)
        annotation = get_visible_annotation(user=user, annotation_id=annotation_id)
        return self._answer(change_annotation(annotation, user=user, feature=request.data))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, annotation_id: UUID) -> Response:
        user = signed_in(request)
        delete_annotation(get_visible_annotation(user=user, annotation_id=annotation_id), user=user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _answer(self, annotation: Annotation) -> Response:
        return Response(_features([annotation], self.request)[0], content_type=GEOJSON)


def _named(name: str, places: Iterable[Mapping[str, Any]]) -> str:
    """Return the item's part of an address: of the query, of the body, or of the first feature's properties."""
    for place in places:
        properties = place.get("properties")
        for given in (place.get(name), properties.get(name) if isinstance(properties, dict) else None):
            if given and isinstance(given, str) and "\0" not in given:
                return given
    raise InvalidParameter(name, "say on which item it is drawn, as ?collection=…&item=….")


def _narrowed(rows: "QuerySet[Annotation]", request: Request) -> "QuerySet[Annotation]":
    given = request.query_params
    for name, column in (("collection", "item__collection_id"), ("item", "item__item_id")):
        if text := given.get(name, ""):
            rows = rows.none() if "\0" in text else rows.filter(**{column: text})
    if given.get("item") and not given.get("collection"):
        raise InvalidParameter("item", "name its collection as well.")
    if box := given.get("bbox", ""):
        west, south, east, north = _numbers(box)
        rows = rows.filter(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
    return rows


def _numbers(text: str) -> list[float]:
    try:
        found = [float(each) for each in text.split(",")]
    except ValueError:
        found = []
    # A comparison with NaN is false.
    if len(found) != 4 or not (found[0] <= found[2] and found[1] <= found[3]):
        raise InvalidParameter("bbox", "give four numbers, west,south,east,north, with west <= east.")
    return found


def _features(annotations: Iterable[Annotation], request: Request) -> list[dict[str, Any]]:
    rows = list(annotations)
    mine = _editable(rows, request.user)
    return [_feature(row, request=request, editable=row.pk in mine) for row in rows]


def _editable(rows: Iterable[Annotation], user: User | AnonymousUser) -> set[UUID]:
    if not user.is_authenticated:
        return set()
    wanted = Q(pk__in=[row.pk for row in rows])
    return set(Annotation.objects.editable_by(user).filter(wanted).values_list("pk", flat=True))


def _feature(row: Annotation, *, request: Request, editable: bool) -> dict[str, Any]:
    item = row.item
    place = reverse("annotation-detail", args=(row.pk,), request=request)
    items = reverse("stac-item", args=(item.collection_id, item.item_id), request=request)
    told = {
        "collection": item.collection_id,
        "item": item.item_id,
        "space": row.space,
        "name": row.name,
        "note": row.note,
        "color": row.color,
        "owner": row.owner.get_username() if row.owner else None,
        "created": row.created,
        "updated": row.updated,
        "editable": editable,
    }
    return {
        "type": "Feature",
        "id": str(row.pk),
        "geometry": row.geometry,
        "bbox": row.bbox,
        "properties": {**row.properties, **told},
        "links": [
            {"rel": "self", "type": GEOJSON, "href": place},
            {"rel": "item", "type": GEOJSON, "href": items},
        ],
    }
