"""Send requests to remote web servers, each judged before it is sent, and read what they answer within bounds."""

import base64
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NoReturn
from urllib.parse import urldefrag, urljoin

import requests
import urllib3

from catalog.errors import CredentialsRefused, SourceUnreachable, TooLarge
from catalog.remote.admission import admit
from catalog.remote.places import PACE, Place, place_of

# Seconds to connect and to the first byte. A store that takes longer is tried again later.
TIMEOUT = (5, 20)
MAX_REDIRECTS = 5
SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429
BEYOND_THE_END = 416
CHUNK_BYTES = 2**16
CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-")
# Seconds that a token is good for which doesn't say, and how long it has to be good still.
TOKEN_SECONDS, TOKEN_SPARE_SECONDS = 600.0, 120.0
_tokens: dict[str, tuple[str, float]] = {}
_lock = threading.Lock()
_thread = threading.local()


@dataclass(frozen=True, slots=True)
class Fetched:
    """Hold what lies at an address: `href` is where it was found after redirects."""

    href: str
    content: bytes
    media_type: str


@contextmanager
def answered(
    method: str, href: str, *, headers: Mapping[str, str], body: Any = None, session: requests.Session | None = None
) -> Iterator[requests.Response]:
    """Yield the answer to a request, unread; redirects are followed one by one, each judged by `admit`.

    Raises SourceRefused for a place that is not read here, and SourceUnreachable (transient) where nobody answers.
    """
    url = urldefrag(href).url
    with session_of_its_own() if session is None else nullcontext(session) as asking:
        for _ in range(MAX_REDIRECTS + 1):
            admit(url)
            place = place_of(url)
            PACE.wait(place)
            sent = {**headers, **_credentials(place)}
            try:
                response = asking.request(
                    *(method, signed(url, place)),
                    timeout=TIMEOUT,
                    allow_redirects=False,
                    stream=True,
                    headers=sent,
                    json=body,
                )
            except (requests.RequestException, ValueError) as error:  # A ValueError is of a redirect to what is no URL.
                raise unreached(href, error) from None
            with response:
                if place is not None and _is_refusal(response.status_code, place):
                    _forget_token(place)
                    raise CredentialsRefused(
                        f"The store of {href} refuses what the storage {place.name!r} has to open it "
                        f"({response.status_code})."
                    )
                if not response.is_redirect:
                    yield response
                    return
            url = urljoin(url, response.headers["Location"])
    raise SourceUnreachable(f"{href} redirects more than {MAX_REDIRECTS} times.")


def _credentials(place: Place | None) -> dict[str, str]:
    """Return the header that lets us into a place; a redirect that leads out of it is followed without."""
    given = place.credentials if place else {}
    if token := given.get("token"):
        return {"Authorization": f"Bearer {token}"}
    if user := given.get("username"):
        text = base64.b64encode(f"{user}:{given.get('password', '')}".encode()).decode()
        return {"Authorization": f"Basic {text}"}
    return {}


def signed(url: str, place: Place | None) -> str:
    """Return the address with the token that its place's endpoint hands out, for as long as it is good.

    Raises SourceUnreachable, transient, where the endpoint has none.
    """
    if place is None or not place.sas_url:
        return url
    with _lock:
        token, until = _tokens.get(place.id, ("", 0.0))
    if until < time.time() + TOKEN_SPARE_SECONDS:
        token, until = _fetch_token(place)
        with _lock:
            _tokens[place.id] = token, until
    return f"{url}{'&' if '?' in url else '?'}{token}"


def _fetch_token(place: Place) -> tuple[str, float]:
    """Ask a token endpoint, as Planetary Computer has them: `{"token": "sv=…&sig=…", "msft:expiry": "…Z"}`."""
    found = fetch(place.sas_url, accept="application/json", most_bytes=CHUNK_BYTES, seconds=sum(TIMEOUT))
    try:
        document = json.loads(found.content)
        token = str(document["token"])
        text = document.get("msft:expiry") or document.get("expiry")
        until = datetime.fromisoformat(text).timestamp() if text else time.time() + TOKEN_SECONDS
    except (ValueError, TypeError, KeyError):
        raise SourceUnreachable(
            f"The token endpoint of the storage {place.name!r} answers no token.",
            code="sas_token_missing",
            transient=True,
        ) from None
    return token.removeprefix("?"), until


def _is_refusal(status: int, place: Place) -> bool:
    """Tell whether the place's credentials, or its token, are at fault, and not what was asked for."""
    if place.sas_url:
        return status in {requests.codes.unauthorized, requests.codes.forbidden}
    return bool(place.credentials) and status == requests.codes.unauthorized


def _forget_token(place: Place) -> None:
    with _lock:
        _tokens.pop(place.id, None)


def session_of_its_own() -> requests.Session:
    """Return a session that sends exactly what was admitted: no proxy, no .netrc of the machine, no cookies."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def thread_session() -> requests.Session:
    """Return this thread's session, whose connections stay open for the next document of the same server."""
    if not hasattr(_thread, "session"):
        _thread.session = session_of_its_own()
    session: requests.Session = _thread.session
    return session


@contextmanager
def streamed(href: str, *, accept: str, body: Any = None, seconds: float) -> Iterator[tuple[Fetched, Iterator[bytes]]]:
    """Yield what lies at an http or https address, without content, and its bytes in parts as they come.

    A body is posted as JSON. Raises SourceUnreachable for an answer that is none, and, transient, for one that breaks
    off or takes longer than so many seconds; SourceRefused.
    """
    end = time.monotonic() + seconds
    method = "GET" if body is None else "POST"
    with answered(method, href, headers={"Accept": accept}, body=body, session=thread_session()) as response:
        check_answer(response, href)
        yield Fetched(response.url, b"", media_type_of(response)), _chunks(response.raw, href, end=end)


def _chunks(raw: Any, href: str, *, end: float) -> Iterator[bytes]:
    while True:
        try:
            # As much as there is: to wait for a whole part would give a slow server a timeout for each byte.
            chunk: bytes = raw.read1(CHUNK_BYTES, decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise unreached(href, error) from None
        if not chunk:
            return
        yield chunk
        if time.monotonic() > end:
            raise SourceUnreachable(f"{href} did not come to its end in time.", code="source_slow", transient=True)


def fetch(href: str, *, accept: str, most_bytes: int, seconds: float, body: Any = None) -> Fetched:
    """Return what lies at an http or https address. Raises TooLarge beyond so many bytes, else as `streamed`."""
    content = bytearray()
    with streamed(href, accept=accept, body=body, seconds=seconds) as (found, chunks):
        for chunk in chunks:
            content += chunk
            if len(content) > most_bytes:
                raise TooLarge(f"{href} has more than the {most_bytes:,} bytes that are read of it.")
    return Fetched(found.href, bytes(content), found.media_type)


def fetch_part(href: str, *, accept: str, first: int, size: int, seconds: float) -> Fetched:
    """Return so many bytes from a position on of what lies at an http or https address; fewer at its end.

    Of a server that knows no ranges what comes before is read and dropped. Raises as `streamed`.
    """
    end = time.monotonic() + seconds
    headers = {"Accept": accept, "Accept-Encoding": "identity", "Range": f"bytes={first}-{first + size - 1}"}
    with answered("GET", href, headers=headers, session=thread_session()) as response:
        if response.status_code == BEYOND_THE_END:
            return Fetched(response.url, b"", media_type_of(response))
        check_answer(response, href)
        dropped = first - _start_of(response, href, most=first)
        content = bytearray()
        for chunk in _chunks(response.raw, href, end=end):
            content += chunk[dropped:]
            dropped = max(dropped - len(chunk), 0)
            if len(content) >= size:
                break
    return Fetched(response.url, bytes(content[:size]), media_type_of(response))


def _start_of(response: requests.Response, href: str, *, most: int) -> int:
    """Return where the part that a server sends begins. Raises SourceUnreachable for one beyond what was asked for."""
    if response.status_code != requests.codes.partial_content:
        return 0
    found = CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    if found is None or int(found[1]) > most:
        raise SourceUnreachable(f"The server of {href} sends other parts than it is asked for.", code="source_lies")
    return int(found[1])


def unreached(href: str, error: Exception) -> SourceUnreachable:
    """Return the error of a place where nobody answers, which may pass."""
    return SourceUnreachable(f"{href} could not be reached ({type(error).__name__}).", transient=True)


def may_pass(status: int) -> bool:
    """Tell whether what a store answered may be another answer soon: none at all (0), 429, or an error of its own."""
    return status in {0, TOO_MANY_REQUESTS} or status >= SERVER_ERROR


def media_type_of(response: requests.Response) -> str:
    """Return the kind of what a server sends, in lower case and without parameters."""
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def check_answer(response: requests.Response, href: str) -> None:
    """Raise what `raise_status` does for an answer that is no success."""
    if not response.ok:
        retry_after = retry_seconds(response.headers.get("Retry-After", ""))
        raise_status(href, response.status_code, retry_after=retry_after)


def raise_status(href: str, status: int, *, retry_after: float = 0.0) -> NoReturn:
    """Raise SourceUnreachable for a status that is no success, with what it means."""
    if status in {404, 410}:
        raise SourceUnreachable(f"There is nothing at {href}.", code="source_not_found")
    if status in {401, 403}:
        raise SourceUnreachable(f"The store does not let us read {href} ({status}).", code="source_forbidden")
    message = f"The store of {href} answered {status or 'nothing'}."
    raise SourceUnreachable(message, transient=may_pass(status), retry_after=retry_after)


def retry_seconds(text: str) -> float:
    """Read a Retry-After (RFC 9110, 10.2.3): seconds, or a date; 0 for anything else."""
    if text.isdecimal():
        return float(text)
    until = http_date(text)
    return max((until - datetime.now(UTC)).total_seconds(), 0.0) if until else 0.0


def http_date(text: str) -> datetime | None:
    """Read a date of HTTP, which knows no other zone than UTC; None for anything else."""
    try:
        return parsedate_to_datetime(text).replace(tzinfo=UTC)
    except ValueError:
        return None
