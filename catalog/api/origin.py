"""Tell services from where a request comes, for what they record.

Views are wrapped, not the whole site by a middleware: tiles, of which there are thousands a second, change nothing.
"""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver

from catalog.api.throttling import client_address
from catalog.models import ApiToken
from catalog.services.audit import Origin, origin_of_change

View = Callable[..., Any]


def telling_origin(included: Any) -> Any:
    """Return what `include`, or the admin, gave, with views that tell from where their requests come."""
    return wrap_views(included, _telling)


def wrap_views(included: Any, wrap: Callable[[View], View]) -> Any:
    """Return what `include`, or the admin, gave, with each of its views wrapped."""
    routes, app_name, namespace = included
    return [_wrapped(each, wrap) for each in getattr(routes, "urlpatterns", routes)], app_name, namespace


def _wrapped(route: URLPattern | URLResolver, wrap: Callable[[View], View]) -> URLPattern | URLResolver:
    if isinstance(route, URLPattern):
        return URLPattern(route.pattern, wrap(route.callback), route.default_args, route.name)
    within = [_wrapped(each, wrap) for each in route.url_patterns]
    return URLResolver(route.pattern, within, route.default_kwargs, route.app_name, route.namespace)


def _telling(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        before = origin_of_change.set(partial(origin_of, request))
        try:
            return view(request, *args, **kwargs)
        finally:
            origin_of_change.reset(before)

    return answer


def origin_of(request: HttpRequest) -> Origin:
    """Return who asks, as the view has found out by now: DRF writes the user and the token to the request below."""
    token = getattr(request, "auth", None)
    return Origin(
        user=getattr(request, "user", None),
        address=client_address(request),
        token=token.prefix if isinstance(token, ApiToken) else "",
    )
