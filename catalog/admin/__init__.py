"""The catalog in Django's admin."""

from catalog.admin import access, collections, ingests

__all__ = ["access", "collections", "ingests"]
