"""The pages. What they show comes from the catalog's querysets and documents, by the one rule of who may see it."""

from typing import Any
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.conf import settings
from django.contrib.auth.views import LoginView
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from catalog.errors import InvalidFreeText
from catalog.models import Collection, IngestJob, Item
from catalog.querying.free_text import parse_q
from catalog.services.files.verifying import troubles_of_files
from catalog.stac.core.items import item_document
from catalog.stac.core.links import Site
from frontend.cards import collection_cards, item_card, mosaic, with_counts
from frontend.pages import ItemPage, collection_page, item_page

# What CesiumJS does as it loads, and no other page may: functions made of text, workers that import scripts as blobs,
# styles written into elements.
CESIUM_POLICY = {"script-src": ["'self'", "'unsafe-eval'", "blob:"], "style-src": ["'self'", "'unsafe-inline'"]}
RECENT_ITEMS = 12
# Collections of the home page, and of each page after it.
COLLECTIONS_PER_PAGE = 24
FOUND_ITEMS = 48
ITEMS_PER_PAGE = 48
RECENT_JOBS = 10


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:200]
    collections = with_counts(Collection.objects.visible_to(request.user))
    items = Item.objects.visible_to(request.user).select_related("collection").order_by("-pk_id")
    if query:
        words = _words(query)
        collections = collections.filter(
            Q(id__icontains=query) | Q(title__icontains=query) | Q(description__icontains=query)
        )
        items = items.filter(Q(item_id__icontains=query) | Q(properties__title__icontains=query) | words)
    site = Site.of(request)
    paging = Paginator(collections, COLLECTIONS_PER_PAGE).get_page(request.GET.get("page"))
    shown = collection_cards(list(paging), site=site)
    cards = [] if paging.number > 1 else [item_card(item, site=site) for item in _first(items, searched=bool(query))]
    context = {
        "query": query,
        "collections": shown,
        "paging": paging,
        "items": cards,
        "mosaic": mosaic([*shown, *cards]),
        "explore_url": f"{reverse('frontend:explore')}?{urlencode({'v': 1, 'q': query})}",
    }
    return render(request, "frontend/home.html", context)


def _words(query: str) -> Q:
    """Return the condition that the item has these words, as the STAC API's free text finds them."""
    try:
        condition: Q = parse_q(query).condition("words")
    except InvalidFreeText:
        return Q(pk__in=())
    return condition


def _first(items: QuerySet[Item], *, searched: bool) -> QuerySet[Item]:
    return items[: FOUND_ITEMS if searched else RECENT_ITEMS]


@require_safe
@ensure_csrf_cookie
def explore(request: HttpRequest) -> HttpResponse:
    collections = with_counts(Collection.objects.visible_to(request.user))
    data = {
        "searchUrl": Site.of(request).search,
        "stacUrl": Site.of(request).root,
        "basemap": settings.BASEMAP_XYZ_URL,
        "collections": [
            {"id": each.id, "title": each.title, "count": each.item_count} for each in collections if each.item_count
        ],
    }
    return render(request, "frontend/explore.html", {"data": data})


@require_safe
def collection(request: HttpRequest, collection_id: str) -> HttpResponse:
    found = get_object_or_404(with_counts(Collection.objects.visible_to(request.user)), pk=collection_id)
    paging = Paginator(found.items.select_related("collection"), ITEMS_PER_PAGE).get_page(request.GET.get("page"))
    site = Site.of(request)
    context = {
        "page": collection_page(
            found,
            item_count=found.item_count,
            site=site,
            can_ingest=Collection.objects.editable_by(request.user).filter(pk=found.pk).exists(),
        ),
        "items": [item_card(item, site=site) for item in paging],
        "paging": paging,
        "basemap": settings.BASEMAP_XYZ_URL,
    }
    return render(request, "frontend/collection.html", context)


@require_safe
def item(request: HttpRequest, collection_id: str, item_id: str) -> HttpResponse:
    context = {"page": _item_page(request, collection_id, item_id), "basemap": settings.BASEMAP_XYZ_URL}
    return render(request, "frontend/item.html", context)


@require_safe
@csp_update(CESIUM_POLICY)  # type: ignore[untyped-decorator]
def globe(request: HttpRequest, collection_id: str, item_id: str) -> HttpResponse:
    """Show the item on CesiumJS' globe."""
    page = _item_page(request, collection_id, item_id)
    if not page.globe_url:
        raise Http404
    return render(request, "frontend/globe.html", {"page": page})


def _item_page(request: HttpRequest, collection_id: str, item_id: str) -> ItemPage:
    items = Item.objects.visible_to(request.user).select_related("collection")
    found = get_object_or_404(items, collection_id=collection_id, item_id=item_id)
    document = item_document(found, base=Site.of(request).base)
    troubles = troubles_of_files(found)
    return item_page(document, collection_title=str(found.collection), added=found.created, troubles=troubles)


@require_safe
@ensure_csrf_cookie
def ingest(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"sign_in_url": f"{reverse('frontend:sign_in')}?next={request.path}"}
    if request.user.is_authenticated:
        editable = Collection.objects.editable_by(request.user)
        context["data"] = {"collections": list(editable.values("id", "title")), "canCreate": True}
        context["jobs"] = IngestJob.objects.visible_to(request.user)[:RECENT_JOBS]
    return render(request, "frontend/ingest.html", context)


class SignIn(LoginView):
    """By name and password, or with a button that leads to the OpenID provider where settings name one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"provider": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}
