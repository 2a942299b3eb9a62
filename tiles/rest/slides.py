"""What a slide's viewers ask for, on one image: DeepZoom, IIIF, associated images."""

from typing import Any

from django.urls import URLPattern, path, re_path

from tiles.rest.associated import ASSOCIATED_PATH, AssociatedMixin
from tiles.rest.deepzoom import DEEPZOOM_TILE_PATH, DeepZoomMixin
from tiles.rest.iiif import IIIF_IMAGE_PATH, IiifMixin


class SlidesMixin(DeepZoomMixin, IiifMixin, AssociatedMixin):
    """All three; their routes are `slides_urls`, or a router's."""


def slides_urls(viewset: type[Any], *, name: str) -> list[URLPattern]:
    """Patterns for a viewset with `SlidesMixin`, named ``{name}-iiif-info`` and so on."""

    def view(method: str) -> Any:
        return viewset.as_view({"get": method}, detail=True)

    return [
        path("deepzoom.dzi", view("deepzoom"), name=f"{name}-deepzoom"),
        re_path(rf"^{DEEPZOOM_TILE_PATH}$", view("deepzoom_tile"), name=f"{name}-deepzoom-tile"),
        path("iiif", view("iiif_base"), name=f"{name}-iiif-base"),
        path("iiif/info.json", view("iiif_info"), name=f"{name}-iiif-info"),
        re_path(rf"^{IIIF_IMAGE_PATH}$", view("iiif_image"), name=f"{name}-iiif-image"),
        path("associated", view("associated_list"), name=f"{name}-associated-list"),
        re_path(rf"^{ASSOCIATED_PATH}$", view("associated_image"), name=f"{name}-associated-image"),
    ]
