"""Route small pictures of items whose thumbnails lie elsewhere."""

from rest_framework.request import Request
from rest_framework.response import Response

from catalog.caching import CACHE_CONTROL
from catalog.models import Collection
from catalog.services.items.previews import find_preview
from catalog.services.items.writing import get_visible_item
from catalog.stac.core.openapi import describe_get
from catalog.stac.core.responses import BinaryRenderer
from catalog.stac.core.views import StacView

WEBP = "image/webp"
MAX_AGE = 24 * 3600


class WebPRenderer(BinaryRenderer):
    media_type = WEBP
    format = "webp"


class PreviewView(StacView):
    renderer_classes = (WebPRenderer,)
    # It waits for others' servers, which is no search.
    counts_seconds = False

    @describe_get("getItemPreview", media_type=WEBP, errors=(403, 404, 502, 503))
    def get(self, request: Request, collection_id: str, item_id: str) -> Response:
        """Fetch the thumbnail that the item's document names, and show it as WebP of 512 pixels a side at most."""
        item = get_visible_item(user=request.user, collection_id=collection_id, item_id=item_id)
        picture = find_preview(item)
        is_public = Collection.objects.filter(pk=collection_id, visibility=Collection.Visibility.PUBLIC).exists()
        headers = {"Cache-Control": CACHE_CONTROL[is_public].format(seconds=MAX_AGE)}
        return Response(picture, headers=headers | {"X-Content-Type-Options": "nosniff"})
