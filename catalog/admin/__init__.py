"""The catalog in Django's admin."""

from . import access, collections, files, ingests

__all__ = ["access", "collections", "files", "ingests"]
