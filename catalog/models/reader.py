"""Describe readers who are known by a signed URL instead of an account."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User


@dataclass(frozen=True, slots=True)
class Grant:
    """Say what a signed URL shows, and by whose right: a collection, an item of it, or it within a search's mosaic."""

    collection_id: str
    item_id: str
    search_id: str
    signer_id: int


class SignedReader(AnonymousUser):
    """Stand for a reader without an account, to whom a signed URL shows what its signer may see and it grants."""

    def __init__(self, grant: Grant) -> None:
        self.grant = grant

    @property
    def collection_id(self) -> str:
        """Return the collection that is shown whole; empty for a grant of one item."""
        return "" if self.grant.item_id else self.grant.collection_id


Reader = User | AnonymousUser


def identity(reader: Reader) -> int | Grant | None:
    """Return what tells one reader from another for whatever is remembered of what they see; None of anyone."""
    return reader.grant if isinstance(reader, SignedReader) else reader.pk
