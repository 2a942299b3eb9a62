"""The catalog in Django's admin."""

from . import access, collections, files, ingests, searches

__all__ = ["access", "collections", "files", "ingests", "searches"]
