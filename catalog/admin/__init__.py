"""The catalog in Django's admin."""

from catalog.admin import access, audit, collections, ingests, users, watches

__all__ = ["access", "audit", "collections", "ingests", "users", "watches"]
