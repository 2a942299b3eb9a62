"""List what lies below an address, page by page, each in the order of its keys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from catalog.errors import SourceUnreachable
from catalog.remote.admission import admit, split_s3
from catalog.remote.buckets import client_of, raise_s3
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


def _checked(prefix: str, hrefs: Sequence[str], *, after: str, is_end: bool) -> str:
    """Return the last address of a page. Raises SourceUnreachable where the listing does not go on."""
    for href in hrefs:
        if href <= after or not href.startswith(prefix):
            raise SourceUnreachable(f"The store lists {href} behind {after}: it has no end.", code="listing_loop")
        after = href
    if not hrefs and not is_end:
        raise SourceUnreachable(f"The store lists nothing below {prefix}, yet more to come.", code="listing_loop")
    return after
