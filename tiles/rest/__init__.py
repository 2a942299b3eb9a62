"""DRF mixins that serve one image: mix them into a viewset and define ``get_source``."""

from .data import DataMixin
from .info import InfoMixin
from .source import SourceMixin
from .tile import TilesMixin
from .urls import imagery_urls

__all__ = ["DataMixin", "InfoMixin", "SourceMixin", "TilesMixin", "imagery_urls"]
