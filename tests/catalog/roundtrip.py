"""Whether documents come back as they went in, apart from what each answer makes anew and what migration changed."""

from typing import Any

from catalog.documents.validation import checked_collection, checked_item
from catalog.models import Collection, Item
from catalog.stac.core.documents import collection_document
from catalog.stac.core.items import item_document

BASE = "https://example.org"


def item_differences(document: dict[str, Any], *, collection_id: str) -> list[str]:
    """Names of the members that differ; empty for an item that came back equal."""
    sent = checked_item(document, collection_id=collection_id)
    got = item_document(Item.objects.get(collection_id=collection_id, item_id=sent["id"]), base=BASE)
    return _differences(sent, got)


def collection_differences(document: dict[str, Any]) -> list[str]:
    """As `item_differences`. What the items have in common was added; a collection without a title has got its id."""
    sent = checked_collection(document)
    got = collection_document(Collection.objects.get(pk=sent["id"]), base=BASE)
    got["title"] = sent.get("title", got["title"])
    sent.setdefault("title", got["title"])
    sent["extent"] = got["extent"]
    written = sent.get("stac_extensions", [])
    got["stac_extensions"] = [each for each in got["stac_extensions"] if each in written or "/render/" not in each]
    for part in ("summaries", "item_assets"):
        _without_added(got, part, written=sent.get(part))
    return _differences(sent, got)


def _without_added(got: dict[str, Any], part: str, *, written: dict[str, Any] | None) -> None:
    found = got.pop(part, {})
    if written is not None:
        got[part] = {name: value for name, value in found.items() if name in written}


def _differences(sent: dict[str, Any], got: dict[str, Any]) -> list[str]:
    got["links"] = [link for link in got["links"] if not link["href"].startswith(BASE)]
    if sent.get("keywords") == []:
        del sent["keywords"]
    sent.setdefault("stac_extensions", [])
    if "bbox" in sent and sent["bbox"] is None:
        del sent["bbox"]
    return sorted(name for name in sent.keys() | got.keys() if sent.get(name) != got.get(name))
