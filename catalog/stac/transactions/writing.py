"""What every route has that changes the catalog."""

from typing import Any

from catalog.api.authentication import SessionAuthentication, TokenAuthentication
from catalog.stac.core.responses import GeoJSONParser, JSONParser, MergePatchParser


class WritingMixin:
    """Whoever changes something by a session proves that the request is not forged."""

    authentication_classes: Any = (TokenAuthentication, SessionAuthentication)
    parser_classes: Any = (JSONParser, GeoJSONParser, MergePatchParser)
