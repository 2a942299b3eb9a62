"""What a slide's viewers ask for, on one image: DeepZoom, IIIF, associated images."""

from tiles.rest.associated import AssociatedMixin
from tiles.rest.deepzoom import DeepZoomMixin
from tiles.rest.iiif import IiifMixin


class SlidesMixin(DeepZoomMixin, IiifMixin, AssociatedMixin):
    """All three; their routes are `slides_urls`, or a router's."""
