"""Ask buckets: by the credentials of the storage that describes one, or by the site's own."""

import threading
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.utils import parse_timestamp
from cachetools import LRUCache
from django.conf import settings

from catalog.errors import CredentialsRefused
from catalog.remote.places import PACE, Place, place_of
from catalog.remote.requesting import TIMEOUT, raise_status

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What S3 says of keys, whatever they are used for.
OF_KEYS = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch"}
    | {"TokenRefreshRequired", "InvalidSecurity", "NotSignedUp", "AccountProblem", "RequestExpired"}
)
_clients: "LRUCache[tuple[str, str], S3Client]" = LRUCache(64)
_lock = threading.Lock()


def _read_time(value: Any) -> datetime:
    """Read a time as S3 writes it: `2026-01-01T00:00:00.000Z`; otherwise as boto3 does."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        found: datetime = parse_timestamp(value)
        return found


@cache
def s3_client() -> "S3Client":
    """Return the client of this process for all that no storage describes; boto3 reads the credentials."""
    return _session().client(
        "s3",
        endpoint_url=settings.AWS_ENDPOINT_URL or None,
        config=_config(anonymous=settings.AWS_NO_SIGN_REQUEST, endpoint=settings.AWS_ENDPOINT_URL),
    )


def client_of(href: str) -> "S3Client":
    """Return the client that asks for what lies at an s3 address: its storage's, or the one of all others."""
    place = place_of(href)
    if place is None:
        return s3_client()
    with _lock:
        # One more than there are at a time: what was changed is made anew.
        key = (place.id, repr(place))
        if key not in _clients:
            _clients[key] = _client(place)
        return _clients[key]


def _client(place: Place) -> "S3Client":
    given, endpoint = place.credentials, place.endpoint or settings.AWS_ENDPOINT_URL
    anonymous = place.anonymous or (not given and settings.AWS_NO_SIGN_REQUEST)
    client = _session().client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=place.region or None,
        aws_access_key_id=given.get("access_key_id"),
        aws_secret_access_key=given.get("secret_access_key"),
        aws_session_token=given.get("session_token"),
        config=_config(anonymous=anonymous, endpoint=endpoint, connections=place.connections),
    )

    def before_call(params: dict[str, Any], **_: Any) -> None:
        """Keep to the storage's pace, and say who pays."""
        PACE.wait(place)
        if place.requester_pays:
            params["headers"]["x-amz-request-payer"] = "requester"

    client.meta.events.register("before-call.s3", before_call)
    return client


def _session() -> boto3.session.Session:
    session = botocore.session.get_session()
    # Its own reader takes half of the time that a page of a listing does.
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_read_time)
    return boto3.session.Session(botocore_session=session)


def _config(*, anonymous: bool, endpoint: str, connections: int | None = None) -> Config:
    return Config(
        signature_version=UNSIGNED if anonymous else None,
        connect_timeout=TIMEOUT[0],
        read_timeout=TIMEOUT[1],
        max_pool_connections=connections or 10,
        retries={"max_attempts": 3, "mode": "standard"},
        # Servers other than AWS seldom have a host name per bucket.
        s3={"addressing_style": "path"} if endpoint else {},
    )


def raise_s3(href: str, error: BotoCoreError | ClientError) -> NoReturn:
    """Raise what `raise_status` does for what S3 answered."""
    if isinstance(error, NoCredentialsError) or code_of(error) in OF_KEYS:
        place = place_of(href)
        where = f"the storage {place.name!r}" if place else "this site"
        raise CredentialsRefused(f"The store of {href} refuses the keys of {where} ({code_of(error) or 'none given'}).")
    raise_status(href, status_of(error))


def code_of(error: BotoCoreError | ClientError) -> str:
    """Return the code that S3 answered with; empty where there was no answer, or none with a body."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def status_of(error: BotoCoreError | ClientError) -> int:
    """Return the HTTP status that S3 answered with; 0 where there was no answer."""
    if isinstance(error, ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return 0
