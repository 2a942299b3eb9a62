"""Make the assets of documents visible: admit where they lie, by the rule of every source, and remember them as files.

Nothing is opened and no store is asked: a catalog of a million items comes in at the speed of its documents.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from catalog.documents.imagery_assets import is_imagery
from catalog.documents.validation import Document
from catalog.errors import CatalogError, Conflict
from catalog.models import ChecksumFile, Item
from catalog.remote.admission import admit_each, name_of

# What a file is called that nobody has asked its store about.
UNKNOWN_VERSION = "unopened"
# The longest address that a file's row has room for, and addresses that one query asks for.
MAX_LOCATION = 2048
BATCH = 500
# How the addresses of files begin that this site keeps itself.
OWN_FILES = "/api/files/"


@dataclass(frozen=True)
class Admitted:
    """Hold the addresses of an item's imagery that may be read, by asset key, and how many may not, by the reason."""

    imagery: dict[str, str]
    refused: Counter[str]


@dataclass(frozen=True)
class Showing:
    """Have the imagery of items shown that are written; `owner` has the files that are made for it."""

    owner: User | None = None

    def admitted(self, documents: Iterable[Document]) -> list[Admitted]:
        """Judge the addresses of the imagery of items, all at once."""
        wanted = [_imagery(document) for document in documents]
        verdicts = admit_each(href for hrefs in wanted for href in hrefs.values())
        return [_sorted_out(hrefs, verdicts) for hrefs in wanted]


def _sorted_out(hrefs: Mapping[str, str], verdicts: Mapping[str, CatalogError | None]) -> Admitted:
    admitted = Admitted({}, Counter())
    for key, href in hrefs.items():
        if (error := verdicts[href]) is not None:
            admitted.refused[error.message] += 1
        elif len(href) > MAX_LOCATION or not name_of(href):
            admitted.refused[f"href: an address ends in a name, and has at most {MAX_LOCATION:,} characters."] += 1
        else:
            admitted.imagery[key] = href
    return admitted


def _imagery(document: Document) -> dict[str, str]:
    assets = document.get("assets", {})
    return {key: asset["href"] for key, asset in assets.items() if is_imagery(asset)}


def find_or_make_files(
    wanted: Iterable[tuple[Mapping[str, str], Mapping[str, Any]]], *, collection_id: str, owner: User | None
) -> dict[str, str]:
    """Return the file of each admitted address, by address: the one that the collection has of it, or a new one.

    Args:
        wanted: for each item, its admitted addresses and its assets, both by asset key.
        collection_id: whose files they are.
        owner: of those that are made.
    """
    assets = {href: documents[key] for hrefs, documents in wanted for key, href in hrefs.items()}
    addresses = list(assets)
    files: dict[str, str] = {}
    for first in range(0, len(addresses), BATCH):
        known = ChecksumFile.objects.filter(collection_id=collection_id, url__in=addresses[first : first + BATCH])
        # The newest version of each comes last. The condition is the index's own.
        rows = known.exclude(url="").order_by("created").values_list("url", "pk")
        files |= {url: str(pk) for url, pk in rows}
    made = [
        _unopened(href, asset, collection_id=collection_id, owner=owner)
        for href, asset in assets.items()
        if href not in files
    ]
    ChecksumFile.objects.bulk_create(made, batch_size=BATCH)
    return files | {file.url: str(file.pk) for file in made}


def _unopened(href: str, asset: Mapping[str, Any], *, collection_id: str, owner: User | None) -> ChecksumFile:
    media_type = asset.get("type")
    return ChecksumFile(
        collection_id=collection_id,
        owner=owner,
        url=href,
        name=name_of(href)[:512],
        media_type=media_type[:128] if isinstance(media_type, str) else "",
        version=UNKNOWN_VERSION,
        opened=False,
        # Unless it turns out to be a slide or DICOM, anyone may have it; until it is opened nobody knows.
        personal=True,
    )


def find_conflict(item: Item) -> Conflict | None:
    """Return why no document from elsewhere replaces an item whose files this site keeps: it would let them go."""
    if not any(str(asset.get("href", "")).startswith(OWN_FILES) for asset in item.assets.values()):
        return None
    return Conflict(
        f"id: {item.item_id!r} is an item of files that were ingested here; delete it first, or take another "
        "collection.",
        code="item_exists",
    )
