"""Requests that are worked on, and beside them those that wait for their client: a bulkhead of a few threads.

Who works on a request (see :mod:`geodata.serving.seats`) never waits for a client. Bodies are read before, those of
large uploads excepted, which are taken from the client as they are stored. Answers that are streamed are sent by a
thread of their own. There is a number of either, beyond which requests are told to come again (503); a body that comes
more slowly than the least rate is answered 408. Nor does a client wait for ever for a request that waits for a remote
store: it is answered 503 when its time is over, whatever the thread goes on waiting for.

Nothing ends a thread that waits for a client, not even the answer: what was given up is counted as stuck until the
client goes, and too many of them have the process replaced (see :mod:`geodata.serving.watch`).
"""

import functools
import io
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db import connections

from geodata.serving.bodies import WHOLE_BYTES, Body, BodyTooSlow, length_of
from geodata.serving.pulse import Pulse
from geodata.serving.seats import Job, Seats
from tiles.sources.stores import bind_waiting

logger = logging.getLogger(__name__)

BEAT_SECONDS = 0.5
# An answer up to so many bytes is handed over whole; the server sends it without a thread.
WHOLE_ANSWER_BYTES = 2**20
# A stream that its client has not taken from for so long no longer counts among the sending ones.
UNREAD_SECONDS = 20.0
RETRY_SECONDS = "5"

Run = Callable[[Any, dict[str, Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Threads that wait for clients at a time (bodies, streams), and what is the least that a client has to send."""

    bodies: int
    streams: int
    least_rate: float  # bytes a second
    grace_seconds: float
    # After so many seconds a request that waits for a remote store is answered.
    answer_seconds: float


class Lane:
    """One kind of threads that wait for clients."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._taken: set[object] = set()
        self.stuck: set[object] = set()

    def enter(self, visitor: object) -> bool:
        with self._lock:
            if len(self._taken) >= self._places:
                return False
            self._taken.add(visitor)
            return True

    def leave(self, visitor: object) -> None:
        with self._lock:
            self._taken.discard(visitor)
            self.stuck.discard(visitor)

    def give_up(self, visitor: object) -> bool:
        """Give its place to another; False when it had left already."""
        with self._lock:
            if visitor not in self._taken:
                return False
            self._taken.remove(visitor)
            self.stuck.add(visitor)
            return True

    def take_back(self, visitor: object) -> None:
        """Count one that was given up among the others again, as its client has come back."""
        if visitor not in self.stuck:
            return
        with self._lock:
            self.stuck.remove(visitor)
            self._taken.add(visitor)

    def visitors(self) -> list[Any]:
        with self._lock:
            return list(self._taken)


class Slow:
    """A request with a body, on its way from the client."""

    def __init__(self, proto: Any, scope: dict[str, Any], body: Body) -> None:
        self.proto, self.scope, self.body = proto, scope, body


class Stream:
    """An answer on its way to the client, piece by piece; granian asks for one when the client has taken another."""

    def __init__(self, pieces: Any, *, pulse: Pulse, taken: Callable[["Stream"], None]) -> None:
        self.pieces, self._pulse, self._taken = pieces, pulse, taken
        self._slot = pulse.begin(aside=True)
        self.last = time.monotonic()
        self.is_waiting = False

    def __next__(self) -> bytes:
        self.is_waiting = False
        self._taken(self)
        self._pulse.go_on(self._slot)
        try:
            piece: bytes = self.pieces.__next__()
        finally:
            self._pulse.wait_for_client(self._slot)
            self.last = time.monotonic()
            self.is_waiting = True
        return piece

    def close(self) -> None:
        self.pieces.close()

    def end(self) -> None:
        self._pulse.end(self._slot)


class Lanes:
    """Runs requests; ``run`` is granian's own way from a request to its answer."""

    def __init__(self, run: Run, *, pulse: Pulse, threads: int, bounds: Bounds) -> None:
        self._run, self._pulse, self._bounds = run, pulse, bounds
        self._bodies, self._streams = Lane(bounds.bodies), Lane(bounds.streams)
        self._seats = Seats(threads, run=self._work_on, pulse=pulse)
        bind_waiting(self._seats.aside)
        threading.Thread(target=self._watch_clients, name="pulse", daemon=True).start()

    def __call__(self, proto: Any, scope: dict[str, Any]) -> None:
        """Take a request from granian, in one of its threads; a body lives no longer than this call."""
        length = length_of(scope)
        if length == 0:
            self._seats.work(Job(proto, scope))
            return
        slow = Slow(proto, scope, Body(scope["wsgi.input"], length=length))
        if not self._bodies.enter(slow):
            refuse(proto, HTTPStatus.SERVICE_UNAVAILABLE, "Too many clients send slowly; come again.")
            return
        self._seats.replace_me()
        try:
            if length is None or length > WHOLE_BYTES:
                scope["wsgi.input"] = slow.body
                self._work_aside(slow)
                return
            scope["wsgi.input"] = io.BytesIO(slow.body.read(length))
        except BodyTooSlow:
            return  # The client has its answer.
        finally:
            self._bodies.leave(slow)
        self._seats.work(Job(proto, scope))

    def _work_aside(self, slow: Slow) -> None:
        """Work on a request while its body comes in; its clock stands still while the client is waited for."""
        self._seats.stand_up()
        slot = self._pulse.begin(aside=True)
        slow.body.on_wait = functools.partial(self._pulse.wait_for_client, slot)
        slow.body.on_data = functools.partial(self._pulse.go_on, slot)
        try:
            self._run(Answer(slow.proto, self), slow.scope)
        finally:
            self._pulse.end(slot)
            connections.close_all()

    def _work_on(self, job: Job) -> None:
        scope = job.scope
        try:
            self._run(Answer(job.proto, self), scope)
        except Exception:
            logger.exception("%s %s failed", scope.get("REQUEST_METHOD"), scope.get("PATH_INFO"))
            refuse(job.proto, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here; it was noted.")

    def stream(self, proto: Any, status: int, headers: Any, pieces: Any) -> None:
        """Send an answer in a thread of its own, with the database connections that it may still read from."""
        stream = Stream(pieces, pulse=self._pulse, taken=self._streams.take_back)
        if not self._streams.enter(stream):
            stream.end()
            pieces.close()
            refuse(proto, HTTPStatus.SERVICE_UNAVAILABLE, "Too many clients read slowly; come again.")
            return
        # A file needs none.
        handed_over = []
        if not getattr(pieces.inner, "file_to_stream", None):
            handed_over = hand_over_connections()
            self._seats.renew()

        def send() -> None:
            try:
                proto.response_iter(status, headers, stream)
            finally:
                stream.end()
                self._streams.leave(stream)
                for connection in handed_over:
                    connection.close()
                connections.close_all()

        threading.Thread(target=send, name="stream", daemon=True).start()

    def _watch_clients(self) -> None:
        while True:
            self._pulse.beat()
            now = time.monotonic()
            for slow in self._bodies.visitors():
                if slow.body.is_too_slow(
                    now, least_rate=self._bounds.least_rate, grace_seconds=self._bounds.grace_seconds
                ):
                    self._give_up(slow)
            for stream in self._streams.visitors():
                if stream.is_waiting and now - stream.last > UNREAD_SECONDS:
                    self._streams.give_up(stream)
            for job in self._seats.overdue(self._bounds.answer_seconds):
                job.is_answered = True
                refuse(job.proto, HTTPStatus.SERVICE_UNAVAILABLE, "Where the image lies is too slow; try again later.")
            self._pulse.count_stuck(len(self._bodies.stuck) + len(self._streams.stuck))
            time.sleep(BEAT_SECONDS)

    def _give_up(self, slow: Slow) -> None:
        slow.body.given_up = True
        if self._bodies.give_up(slow):
            refuse(slow.proto, HTTPStatus.REQUEST_TIMEOUT, "The body came too slowly.")


class Answer:
    """What granian's way takes for its connection: hands over whole what it can, and streams elsewhere."""

    def __init__(self, proto: Any, lanes: Lanes) -> None:
        self._proto, self._lanes = proto, lanes

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        self._proto.response_bytes(status, headers, body)

    def response_iter(self, status: int, headers: Any, pieces: Any) -> None:
        if _is_short(pieces.inner, headers):
            try:
                body = b"".join(pieces.inner)
            finally:
                pieces.close()
            self._proto.response_bytes(status, headers, body)
        else:
            self._lanes.stream(self._proto, status, headers, pieces)


def _is_short(answer: Any, headers: Any) -> bool:
    if not getattr(answer, "streaming", True):
        return True
    announced = next((value for name, value in headers if name.lower() == "content-length"), "")
    return str(announced).isdigit() and int(announced) <= WHOLE_ANSWER_BYTES


def refuse(proto: Any, status: HTTPStatus, description: str) -> None:
    """Answer with an error, in the shape of every other, and close the connection."""
    body = json.dumps({"code": status.name.lower(), "description": description}).encode()
    headers = [("content-type", "application/json"), ("content-length", str(len(body))), ("connection", "close")]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append(("retry-after", RETRY_SECONDS))
    proto.response_bytes(status.value, headers, body)


def hand_over_connections() -> list[Any]:
    """Take this thread's open database connections from it, for another that goes on reading from them."""
    taken = []
    for connection in connections.all(initialized_only=True):
        connection.inc_thread_sharing()
        del connections[connection.alias]
        taken.append(connection)
    return taken
