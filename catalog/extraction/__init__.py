"""Metadata of one file: pure functions from a path to what a STAC item says. No Django, no database."""

from catalog.extraction.errors import ExtractionError
from catalog.extraction.extracting import extract
from catalog.extraction.result import Extraction

__all__ = ["Extraction", "ExtractionError", "extract"]
