"""The OpenAPI document: how it is served, and what it says of signing in, which importing this module registers."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


class SchemaView(SpectacularAPIView):
    """The document as OGC API names it, unless another form is asked for by `Accept` or `?format=yaml`."""

    renderer_classes: Any = (OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        if final.accepted_media_type.startswith(OpenApiJsonRenderer.media_type):
            # A renderer whose type has a parameter would only answer those who ask for just that.
            final.content_type = OPENAPI
        return final


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # Its metaclass registers it.
    target_class = "catalog.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "catalog.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:  # noqa: ARG002
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}


class SignatureScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "catalog.api.authentication.SignatureAuthentication"
    name = "signature"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:  # noqa: ARG002
        description = "With `expires`, as `POST /api/signatures/` gives both."
        return {"type": "apiKey", "in": "query", "name": "signature", "description": description}
