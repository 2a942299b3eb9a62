"""Metadata of one file: from an image that `tiles` opened to what a STAC item says. No Django, no database."""

from catalog.extraction.extracting import extract
from catalog.extraction.result import Extraction, ExtractionError

__all__ = ["Extraction", "ExtractionError", "extract"]
