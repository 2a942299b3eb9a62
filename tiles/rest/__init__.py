"""Serve one image by DRF mixins: mix them into a viewset and define ``get_source``."""

from tiles.rest.base import SourceMixin
from tiles.rest.compat.filefield import LargeImageFileDetailMixin, LargeImageVSIFileDetailMixin
from tiles.rest.compat.lists import ListAvailableFormatsView, ListColormapsView, ListTileSourcesView
from tiles.rest.compat.mixins import LargeImageDetailMixin, LargeImageMixin
from tiles.rest.data import DataMixin
from tiles.rest.info import InfoMixin
from tiles.rest.services import ServicesMixin
from tiles.rest.slides import SlidesMixin
from tiles.rest.tile import TilesMixin
from tiles.rest.urls import imagery_urls, services_urls, slides_urls

__all__ = [
    "DataMixin",
    "InfoMixin",
    "LargeImageDetailMixin",
    "LargeImageFileDetailMixin",
    "LargeImageMixin",
    "LargeImageVSIFileDetailMixin",
    "ListAvailableFormatsView",
    "ListColormapsView",
    "ListTileSourcesView",
    "ServicesMixin",
    "SlidesMixin",
    "SourceMixin",
    "TilesMixin",
    "imagery_urls",
    "services_urls",
    "slides_urls",
]
