"""Bodies as they come in from the client, which may be slowly."""

import time
from collections.abc import Callable
from typing import Any

# Bytes asked for at a time: little from who is slow, so that progress is seen; more from who is fast.
LEAST_STEP, MOST_STEP = 4 * 2**10, 256 * 2**10
QUICK_SECONDS = 0.2
# Bodies up to so many bytes are read before the request is worked on.
WHOLE_BYTES = 2**20


class BodyTooSlow(ConnectionError):
    """The client was given up while its body was read."""


class Body:
    """Granian's body (`wsgi.input`), read in steps, so that another thread can see how far it has come."""

    def __init__(self, raw: Any, *, length: int | None) -> None:
        self._raw = raw
        self.length = length
        self.received = 0
        self.began = time.monotonic()
        self.waiting = 0.0  # The seconds for which the client was waited for, those of the present step not included.
        self.asked_at = 0.0  # When the present step began; 0 while nobody waits for the client.
        self.step = LEAST_STEP
        self.given_up = False
        # Told when the client is waited for, and when no longer.
        self.on_wait: Callable[[], None] | None = None
        self.on_data: Callable[[], None] | None = None

    def read(self, size: int | None = None) -> bytes:
        """Return so many bytes, fewer at the body's end only; all of it without a size."""
        parts = []
        left = size if size is not None and size >= 0 else None
        while left is None or left > 0:
            part = self._read_step(self.step if left is None else min(self.step, left))
            if not part:
                break
            parts.append(part)
            left = None if left is None else left - len(part)
        return b"".join(parts)

    def _read_step(self, size: int) -> bytes:
        if self.on_wait:
            self.on_wait()
        self.asked_at = began = time.monotonic()
        part: bytes = bytes(self._raw.read(size))
        if self.on_data:
            self.on_data()
        took = time.monotonic() - began
        self.asked_at = 0.0
        if self.given_up:
            raise BodyTooSlow("The body came too slowly")
        self.waiting += took
        self.received += len(part)
        self.step = min(self.step * 2, MOST_STEP) if took < QUICK_SECONDS else LEAST_STEP
        return part

    def is_too_slow(self, now: float, *, least_rate: float, grace_seconds: float) -> bool:
        """Return whether a client beyond its grace period has sent less than the least rate (bytes a second)."""
        if not self.asked_at:
            return False
        waited = self.waiting + now - self.asked_at
        return self.received + self.step < (waited - grace_seconds) * least_rate

    def readline(self, size: int | None = None) -> bytes:
        """Return bytes up to and with the next newline, or so many."""
        line = bytearray()
        while (size is None or size < 0 or len(line) < size) and (byte := self.read(1)):
            line += byte
            if byte == b"\n":
                break
        return bytes(line)

    def __iter__(self) -> Any:
        return iter(self.readline, b"")


def length_of(scope: dict[str, Any]) -> int | None:
    """Return the bytes that a request's body has, 0 for none, None where only its end will tell."""
    announced = str(scope.get("CONTENT_LENGTH", ""))
    if announced.isdigit():
        return int(announced)
    if "HTTP_TRANSFER_ENCODING" in scope:
        return None
    # HTTP/2 needs no announcement.
    is_open = scope.get("SERVER_PROTOCOL") == "HTTP/2" and scope.get("REQUEST_METHOD") in {"POST", "PUT", "PATCH"}
    return None if is_open else 0
