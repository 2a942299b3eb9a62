"""Have assets shown that editors add to an item: files of ours, and what lies where this site reads."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser, User

from catalog.documents.imagery_assets import is_imagery
from catalog.errors import NotAllowed
from catalog.models import ChecksumFile, Item
from catalog.remote.admission import admit_each, name_of
from catalog.remote.outgoing import require_judged_for_strangers
from catalog.remote.places import reading_for
from catalog.services.items.showing import MAX_LOCATION, find_or_make_files

OWN_FILE = re.compile(r"(?:https?://[^/]+)?(?:/[^/]+)*/api/files/(?P<id>[0-9a-f-]{36})(?:/.*)?")


def judge_assets(patch: Mapping[str, Any], *, collection_id: str, user: User | AnonymousUser) -> set[str]:
    """Return the addresses of a patch's assets that may be read for a collection; nothing is asked of their stores."""
    assets = patch.get("assets")
    found = assets.values() if isinstance(assets, dict) else ()
    hrefs = [asset["href"] for asset in found if isinstance(asset, dict) and isinstance(asset.get("href"), str)]
    remote = [href for href in hrefs if "://" in href and not OWN_FILE.fullmatch(href)]
    try:
        if remote:
            require_judged_for_strangers(is_staff=user.is_staff)
    except NotAllowed:
        return set()
    with reading_for(collection_id):
        verdicts = admit_each(remote)
    return {href for href, error in verdicts.items() if error is None and len(href) <= MAX_LOCATION and name_of(href)}


def files_of_added(
    item: Item, assets: Mapping[str, Any], *, admitted: set[str], user: User | AnonymousUser
) -> dict[str, str]:
    """Return the files, by asset key, of assets that an item does not have so; those of others are left out.

    Args:
        item: as it was.
        assets: as they will be.
        admitted: addresses elsewhere that may be read, from `judge_assets`.
        user: who adds them: of uploads only their own, or the collection's, are taken.
    """
    added = {key: each for key, each in assets.items() if each.get("href") != item.assets.get(key, {}).get("href")}
    files: dict[str, str] = {}
    for key, asset in added.items():
        if (own := OWN_FILE.fullmatch(asset["href"])) and (file := _own_file(own["id"], item, user)):
            files[key] = str(file.pk)
    remote = {key: each["href"] for key, each in added.items() if is_imagery(each) and each["href"] in admitted}
    owner = user if isinstance(user, User) else None
    made = find_or_make_files([(remote, added)], collection_id=item.collection_id, owner=owner)
    return files | {key: made[href] for key, href in remote.items()}


def _own_file(file_id: str, item: Item, user: User | AnonymousUser) -> ChecksumFile | None:
    """Return an upload of the user's, which becomes the collection's, or one that the collection has."""
    files = ChecksumFile.objects.exclude(blob="")
    taken = files.filter(pk=file_id, owner_id=user.pk, collection__isnull=True).exclude(checksum="")
    # Nobody has looked whether it says who somebody is.
    taken.update(collection_id=item.collection_id, personal=True)
    return files.filter(pk=file_id, collection_id=item.collection_id).first()
