"""List what lies below an address, page by page, each in the order of its keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from botocore.exceptions import BotoCoreError, ClientError

from catalog.errors import InvalidInput, SourceUnreachable
from catalog.remote.admission import admit, split_s3
from catalog.remote.buckets import client_of, raise_s3
from catalog.remote.folders import list_folder
from catalog.remote.probing import RemoteObject, listed_object

# Objects of one page: as many as S3 gives.
PAGE_ENTRIES = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Hold objects of a listing in the order of their keys in UTF-8; `last`: the last of all that were gone through."""

    entries: Sequence[RemoteObject]
    last: str
    is_end: bool


def list_pages(prefix: str, *, after: str = "") -> Iterator[Page]:
    """Yield the objects below an address, in the order of their keys, from the one behind `after` on.

    Raises SourceRefused, and SourceUnreachable, also where a store lists the same again.
    """
    admit(prefix)
    if not prefix.startswith("s3://"):
        yield from _pages_of_folder(prefix, after=after)
        return
    bucket, folder = split_s3(prefix)
    while True:
        try:
            answer = client_of(prefix).list_objects_v2(
                Bucket=bucket, Prefix=folder, StartAfter=split_s3(after)[1] if after else "", MaxKeys=PAGE_ENTRIES
            )
        except (BotoCoreError, ClientError) as error:
            raise_s3(prefix, error)
        entries = [listed_object(bucket, entry) for entry in answer.get("Contents", ())]
        is_end = not answer.get("IsTruncated", False)
        after = _checked(prefix, [entry.href for entry in entries], after=after, is_end=is_end)
        yield Page(entries, after, is_end)
        if is_end:
            return


def _pages_of_folder(prefix: str, *, after: str) -> Iterator[Page]:
    entries = list_folder(prefix, after=after)
    page = list(islice(entries, PAGE_ENTRIES))
    while True:
        # The last one is known by what doesn't follow.
        following = list(islice(entries, PAGE_ENTRIES)) if len(page) == PAGE_ENTRIES else []
        after = _checked(prefix, [entry.href for entry in page], after=after, is_end=not following)
        yield Page(page, after, not following)
        if not following:
            return
        page = following


def list_all(prefix: str) -> Iterator[RemoteObject]:
    """Yield the objects below an address in the order of their keys. Raises as `list_pages` does."""
    return (entry for page in list_pages(prefix) for entry in page.entries)


def check_listable(prefix: str) -> None:
    """Raise SourceRefused for what may not be read, InvalidInput (`not_listable`) for what can't be listed."""
    scheme = admit(prefix).scheme
    if scheme == "s3" or (scheme in {"http", "https"} and prefix.endswith("/") and "?" not in prefix):
        return
    raise InvalidInput(
        "Only buckets and folders of web servers can be listed; give s3://bucket/folder/ or https://host/folder/.",
        code="not_listable",
    )


def _checked(prefix: str, hrefs: Sequence[str], *, after: str, is_end: bool) -> str:
    """Return the last address of a page. Raises SourceUnreachable where the listing does not go on."""
    for href in hrefs:
        if href <= after or not href.startswith(prefix):
            raise SourceUnreachable(f"The store lists {href} behind {after}: it has no end.", code="listing_loop")
        after = href
    if not hrefs and not is_end:
        raise SourceUnreachable(f"The store lists nothing below {prefix}, yet more to come.", code="listing_loop")
    return after
