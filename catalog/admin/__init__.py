"""The catalog in Django's admin."""

from catalog.admin import access, annotations, audit, collections, ingests, storages, users, watches

__all__ = ["access", "annotations", "audit", "collections", "ingests", "storages", "users", "watches"]
