"""Every route of the site, by app."""

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from catalog.api.origin import telling_origin
from catalog.stac.core.views import LandingView
from geodata import health
from geodata.compression import compressing
from geodata.observing.views import metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", telling_origin(admin.site.urls)),
    path("api/", telling_origin(include("catalog.api.urls"))),
    # As people give it to clients, some of which lose what they ask in a redirect.
    path("stac", LandingView.as_view(schema=None), name="stac-landing-unslashed"),
    path("stac/", telling_origin(compressing(include("catalog.stac.urls")))),
    # Before the imagery of items, which has any two parts there.
    path("tiles/searches/", telling_origin(include("catalog.mosaics.urls"))),
    path("tiles/", include("tiles.rest.services")),
    path("tiles/", include("catalog.imagery")),
    path("", compressing(include("frontend.urls"))),
]
if settings.OIDC_ISSUER:
    urlpatterns.append(path("sign-in/", telling_origin(include("geodata.sign_in"))))

handler400 = "geodata.errors.bad_request"
handler403 = "geodata.errors.permission_denied"
handler404 = "geodata.errors.not_found"
handler500 = "geodata.errors.server_error"
