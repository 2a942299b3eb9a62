"""The catalog in Django's admin."""

from catalog.admin import access, collections, ingests, users

__all__ = ["access", "collections", "ingests", "users"]
