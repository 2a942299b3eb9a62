"""Decide who may do what: members of collections, tokens, and what a user may see."""

from catalog.services.access.tokens import create_token

__all__ = ["create_token"]
