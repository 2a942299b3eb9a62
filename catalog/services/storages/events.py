"""Take what a store tells of its objects: a hint to look at one, never a reason to believe what it says of it.

Shapes: S3's own notifications, the same in SNS' envelope, and EventBridge's.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

import base64
import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus
from uuid import UUID

import orjson
from django.db import transaction

from catalog.errors import CatalogError, InvalidInput, NotAllowed
from catalog.models import Storage, Watch, WatchedFile
from catalog.remote.probing import RemoteObject
from catalog.remote.requesting import fetch
from catalog.services.ingest.selecting import Selection
from catalog.services.storages.known import EVENTS_SECRET
from catalog.services.storages.secrets import decrypt
from catalog.services.watches.comparing import key_of, selection_of, version_of
from catalog.services.watches.crawling import start_crawl

# Where SNS wants to be told that its messages are welcome.
SUBSCRIPTION = re.compile(r"https://sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[^\s]*")
SUBSCRIPTION_BYTES, SUBSCRIPTION_SECONDS = 2**16, 20.0
CREATED, REMOVED = "created", "removed"
MOST_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """Hold what happened to one object."""

    kind: str
    href: str
    etag: str = ""
    size: int | None = None
    mark: str = ""


def take_events(*, storage_id: UUID, body: bytes, headers: Mapping[str, str]) -> dict[str, int]:
    """Note what a store tells, for each watch that it concerns, and have that looked at; return what became of it.

    Told twice is as told once. Raises NotAllowed where it isn't signed with the storage's secret, InvalidInput for what
    is no event.
    """
    storage = Storage.objects.filter(pk=storage_id).first()
    _check_signature(storage, body, headers)
    assert storage is not None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"The event is no JSON: {error}.", code="invalid_event") from None
    counts = Counter(dict.fromkeys(("created", "removed", "duplicates", "ignored"), 0))
    changes = list(_changes(document))
    if len(changes) > MOST_EVENTS:
        raise InvalidInput(f"{len(changes):,} events are too many; {MOST_EVENTS:,} at once.", code="invalid_event")
    watches = {watch: selection_of(watch) for watch in Watch.objects.filter(enabled=True)} if changes else {}
    touched: set[Watch] = set()
    with transaction.atomic():
        for change in changes:
            concerned = [watch for watch in watches if change.href.startswith(watch.href)]
            if not change.href.startswith(storage.href) or not concerned:
                counts["ignored"] += 1
                continue
            for watch in concerned:
                outcome = _note(watch, watches[watch], change)
                counts[outcome] += 1
                if outcome in {CREATED, REMOVED}:
                    touched.add(watch)
        for watch in touched:
            start_crawl(watch, only_told=True)
    return dict(counts)


def _check_signature(storage: Storage | None, body: bytes, headers: Mapping[str, str]) -> None:
    """Raise NotAllowed unless the body is signed with the secret, or the secret itself came where senders put it.

    `X-Geodata-Signature: sha256=…` is the HMAC of the body. SNS can only send a password, EventBridge a key.
    """
    try:
        secret = decrypt(storage.secrets).get(EVENTS_SECRET, "") if storage else ""
    except CatalogError:
        secret = ""
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    signature = headers.get("X-Geodata-Signature", "").removeprefix("sha256=")
    is_signed = hmac.compare_digest(signature.encode(), expected.encode())
    given = headers.get("X-Api-Key", "") or _password(headers.get("Authorization", ""))
    is_known = hmac.compare_digest(given.encode(), secret.encode())
    if not secret or not (is_signed or is_known):
        raise NotAllowed("The events are not signed with this storage's secret.", code="invalid_signature")


def _password(header: str) -> str:
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(text, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def _changes(document: Any) -> Iterator[Change]:
    """Yield what a document tells, whichever envelope it comes in. Raises InvalidInput."""
    if isinstance(document, dict) and document.get("Type") == "Notification":
        try:
            document = orjson.loads(document.get("Message", ""))
        except (orjson.JSONDecodeError, TypeError):
            raise InvalidInput("Message: is no JSON.", code="invalid_event") from None
    try:
        if document.get("Type") == "SubscriptionConfirmation":
            _confirm(str(document.get("SubscribeURL", "")))
        elif "Records" in document:
            yield from (_of_s3(record) for record in document["Records"] if _is_change(record["eventName"]))
        elif document.get("source") == "aws.s3":
            if _is_change(document["detail-type"]):
                yield _of_eventbridge(document)
        elif document.get("Event") != "s3:TestEvent":
            raise InvalidInput("The event is none of S3, of SNS or of EventBridge.", code="invalid_event")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"The event has not what events have ({type(error).__name__}: {error}).", code="invalid_event"
        ) from None


def _is_change(name: str) -> bool:
    """Tell whether an event is of an object that came or went; others are of its tags or its storage class."""
    return name.removeprefix("s3:").startswith(("ObjectCreated", "ObjectRemoved", "Object Created", "Object Deleted"))


def _of_s3(record: dict[str, Any]) -> Change:
    found = record["s3"]["object"]
    kind = CREATED if "Created" in record["eventName"] else REMOVED
    # As in a form: a blank is a plus.
    href = f"s3://{record['s3']['bucket']['name']}/{unquote_plus(found['key'])}"
    return Change(kind, href, str(found.get("eTag", "")), found.get("size"), str(found.get("sequencer", "")))


def _of_eventbridge(document: dict[str, Any]) -> Change:
    detail = document["detail"]
    found = detail["object"]
    kind = CREATED if "Created" in document["detail-type"] else REMOVED
    href = f"s3://{detail['bucket']['name']}/{found['key']}"
    return Change(kind, href, str(found.get("etag", "")), found.get("size"), str(found.get("sequencer", "")))


def _confirm(href: str) -> None:
    if not SUBSCRIPTION.fullmatch(href):
        raise InvalidInput("SubscribeURL: is none of SNS'.", code="invalid_event")
    fetch(href, accept="*/*", most_bytes=SUBSCRIPTION_BYTES, seconds=SUBSCRIPTION_SECONDS)


def _note(watch: Watch, selection: Selection, change: Change) -> str:
    """Write down one change for one watch; return what it is: created, removed, duplicates or ignored."""
    entry = RemoteObject(change.href, change.size, change.etag or f"event-{change.mark}", None, "")
    key = key_of(change.href, prefix=watch.href)
    row = WatchedFile.objects.filter(watch=watch, key=key).first()
    if change.kind == REMOVED:
        if row is None:
            return "ignored"
        if row.gone:
            return "duplicates"
        WatchedFile.objects.filter(pk=row.pk).update(gone=True, pending=True)
        return REMOVED
    unit = selection.unit_of(entry)
    if unit is None:
        return "ignored"
    version = version_of(entry)
    if row is None:
        row, is_new = WatchedFile.objects.get_or_create(
            watch=watch, key=key, defaults={"version": version, "unit": unit}
        )
        return CREATED if is_new else "duplicates"
    if not row.gone and row.version == version:
        return "duplicates"
    WatchedFile.objects.filter(pk=row.pk).update(version=version, unit=unit, gone=False, pending=True)
    return CREATED
