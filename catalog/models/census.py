"""What the items of a collection have in common, counted."""

from django.db import models

from catalog.models.collection import Collection
from catalog.models.documents import DocumentField


class Census(models.Model):
    """How many items have which value, range and asset, so that a summary knows when the last one of a kind is gone.

    Whoever changes items of the collection locks this row before it says so, and thereby also its extent.
    """

    collection = models.OneToOneField(Collection, on_delete=models.CASCADE, primary_key=True, related_name="census")
    # As `catalog.documents.summaries` keeps it.
    counts = DocumentField(default=dict)

    class Meta:
        verbose_name_plural = "censuses"

    def __str__(self) -> str:
        return str(self.collection_id)
