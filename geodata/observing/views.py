"""Tell a collector of metrics what there is to tell: `/metrics`, for staff and for who has the site's own token."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from geodata.observing.exposition import MEDIA_TYPE, collected

SCHEME = "Bearer "


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the metrics of this machine's web processes and of the catalog, in Prometheus' text format."""
    if not _may_read(request):
        description = "Metrics are for staff, and for who sends GEODATA_METRICS_TOKEN as a bearer token."
        return JsonResponse({"code": "Forbidden", "description": description}, status=403)
    return HttpResponse(collected(), content_type=MEDIA_TYPE)


def _may_read(request: HttpRequest) -> bool:
    said = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and said.startswith(SCHEME):
        return constant_time_compare(said.removeprefix(SCHEME), settings.METRICS_TOKEN)
    return bool(getattr(request.user, "is_staff", False))
