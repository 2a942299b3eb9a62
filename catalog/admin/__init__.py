"""The catalog in Django's admin."""

from catalog.admin import access, collections, files, ingests, searches

__all__ = ["access", "collections", "files", "ingests", "searches"]
