"""The catalog in Django's admin."""

from catalog.admin import access, audit, collections, ingests, storages, users, watches

__all__ = ["access", "audit", "collections", "ingests", "storages", "users", "watches"]
