"""DRF mixins that serve one image: mix them into a viewset and define ``get_source``."""

from .data import DataMixin
from .filefield import LargeImageFileDetailMixin, LargeImageVSIFileDetailMixin
from .info import InfoMixin
from .mixins import LargeImageDetailMixin, LargeImageMixin
from .mixins_lists import ListAvailableFormatsView, ListColormapsView, ListTileSourcesView
from .services import ServicesMixin, services_urls
from .slides import SlidesMixin, slides_urls
from .source import SourceMixin
from .tile import TilesMixin
from .urls import imagery_urls

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
