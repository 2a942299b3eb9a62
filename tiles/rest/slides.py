"""Serve what a slide's viewers ask for: DeepZoom, IIIF, associated images."""

from tiles.rest.associated import AssociatedMixin
from tiles.rest.deepzoom import DeepZoomMixin
from tiles.rest.iiif import IiifMixin


class SlidesMixin(DeepZoomMixin, IiifMixin, AssociatedMixin):
    """Add DeepZoom, IIIF and associated images to a view; their routes are `slides_urls`, or a router's."""
