"""Whether this process lives (``/healthz``) and whether it can do its work (``/readyz``)."""

import logging

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from geodata.needs import NEEDS, Need

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process lives: a supervisor need not start it again. Nothing else is asked."""
    del request
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer whether all is there that the site needs, so that work may be sent here; 503 names what isn't.

    It also says of each what to do.
    """
    del request
    advice = failed_needs()
    if advice:
        description = f"The site isn't ready for want of: {', '.join(advice)}."
        return JsonResponse(
            {"code": "NotReady", "description": description, "failed": [*advice], "advice": advice}, status=503
        )
    return JsonResponse({"status": "ok", "checked": [need.name for need in NEEDS]})


def failed_needs() -> dict[str, str]:
    """Return by name what to do for each need that isn't met; one that hangs on another isn't told beside it."""
    advice: dict[str, str] = {}
    for need in NEEDS:
        if need.after not in advice and not _is_met(need):
            advice[need.name] = need.advice
    return advice


def _is_met(need: Need) -> bool:
    try:
        need.check()
    except Exception:
        # Whatever a driver raises, the answer is the same; the reason is for the log, not for the public.
        logger.exception("The %s is not ready", need.name)
        return False
    return True
