"""Working on requests: a number of seats, each taken by whichever of the server's threads brings a request.

The server's own thread goes to work at once, since handing a request to another costs as much as a tile that is cached.
A thread that finds no seat leaves its request to those who sit, and one that is about to wait for somebody else (a
remote store, a tile that another renders) gives its seat to others for as long, see :meth:`Seats.aside`.

A thread that came in vain doesn't go back for the next request, since each such visit takes the interpreter from those
who work: it rests until another leaves, so that as many threads are about as there are seats.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from geodata.serving.pulse import Pulse
from tiles.errors import SourceStalled

# Requests of a process that wait for others at a time. Each holds a thread, which costs little but isn't free.
ASIDE_PLACES = 64


@dataclass(eq=False, slots=True)
class Job:
    """One request on its way: what granian gave for it, and when it came."""

    proto: Any
    scope: dict[str, Any]
    began: float = field(default_factory=time.monotonic)
    slot: int = -1
    is_answered: bool = False


class Seat:
    """What one thread at a time works with: the database connections, of which there are as many as seats.

    Threads come and go; those that wait would otherwise keep one connection each.
    """

    def __init__(self) -> None:
        self.connections: list[Any] = []
        self.renew()

    def renew(self) -> None:
        """Take new connections, not opened yet, in the place of those that went away with a stream."""
        self.connections = [connections.create_connection(alias) for alias in connections]
        for connection in self.connections:
            connection.inc_thread_sharing()

    @property
    def is_in_transaction(self) -> bool:
        return any(connection.in_atomic_block for connection in self.connections)


@dataclass(eq=False, slots=True)
class _Call:
    """What a thread that sits nowhere waits for: a seat to go on in, or with a job that is another's."""

    seat: Seat | None = None
    job: Job | None = None
    came: threading.Event = field(default_factory=threading.Event)

    def answer(self, seat: Seat | None, job: Job | None = None) -> None:
        self.seat, self.job = seat, job
        self.came.set()


class _Here(threading.local):
    """What a thread has: the seat whose connections are the thread's, and the job that it works on in it."""

    seat: Seat | None = None
    job: Job | None = None


class Seats:
    """Run jobs in the threads that bring them, so many at a time; ``run`` must not raise."""

    def __init__(self, number: int, *, run: Callable[[Job], None], pulse: Pulse) -> None:
        self._run, self._pulse = run, pulse
        self._lock = threading.Lock()
        self._free = [Seat() for _ in range(number)]
        self._waiting: deque[Job] = deque()
        self._returning: deque[_Call] = deque()
        # Nobody needs them now: called, they work on what they are given, or go back for the next request.
        self._resting: list[_Call] = []
        self._aside: set[Job] = set()
        self._here = _Here()

    def work(self, job: Job) -> None:
        """Work on a job, and then on those that nobody had a seat for; without a seat, leave it to who has one."""
        with self._lock:
            seat = self._take_seat()
            if seat is None:
                self._waiting.append(job)
                rest = _Call()
                self._resting.append(rest)
        if seat is not None:
            self._go_on(seat, job)
            return
        rest.came.wait()
        if rest.seat is not None:
            self._go_on(rest.seat, rest.job)

    def _take_seat(self) -> Seat | None:
        """Take a free seat, this thread's last one if it can be; called with the lock held."""
        if not self._free:
            return None
        own = self._here.seat
        if own is None or own not in self._free:
            return self._free.pop()
        self._free.remove(own)
        return own

    def replace_me(self, seat: Seat | None = None, job: Job | None = None) -> None:
        """Call another thread, since this one is about to wait; it works on the job in the seat, where there is one."""
        with self._lock:
            rest = self._resting.pop() if self._resting else None
        if rest is not None:
            rest.answer(seat, job)
        elif seat is not None:
            threading.Thread(target=self._go_on, args=(seat, job), name="work", daemon=True).start()

    def _go_on(self, seat: Seat, job: Job | None) -> None:
        here = self._here
        while job is not None:
            self._sit_down(seat)
            here.job = job
            job.slot = self._pulse.begin()
            try:
                self._run(job)
            finally:
                self._pulse.end(job.slot)
                here.job = None
                # It may be another than before, for those who were aside.
                seat = here.seat or seat
                job = self._pass_on(seat)

    def _pass_on(self, seat: Seat) -> Job | None:
        """Give a seat to who comes back, else return the next job for it, else leave it free."""
        with self._lock:
            if self._returning:
                self._returning.popleft().answer(seat)
                return None
            if self._waiting:
                return self._waiting.popleft()
            self._free.append(seat)
            return None

    def _sit_down(self, seat: Seat) -> None:
        if self._here.seat is not seat:
            for connection in seat.connections:
                connections[connection.alias] = connection
            self._here.seat = seat

    def stand_up(self) -> None:
        """Take the seat's connections from this thread: another one may sit there now, or these go with a stream."""
        if self._here.seat is not None:
            for connection in self._here.seat.connections:
                with suppress(AttributeError):  # It went away already.
                    del connections[connection.alias]
            self._here.seat = None

    def renew(self) -> None:
        """Give the seat of this thread new connections: its old ones went away."""
        seat = self._here.seat
        if seat is not None and self._here.job is not None:
            seat.renew()
            for connection in seat.connections:
                connections[connection.alias] = connection

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Give this thread's seat to others within the block, in which it waits for somebody else.

        Raises SourceStalled where too many do. In a transaction the seat is kept, and in threads that have none.
        """
        here = self._here
        seat, job = here.seat, here.job
        if seat is None or job is None or seat.is_in_transaction:
            yield
            return
        with self._lock:
            if len(self._aside) >= ASIDE_PLACES:
                raise SourceStalled("Too much is waited for here at a time; try again in a moment")
            self._aside.add(job)
        self._pulse.end(job.slot)
        job.slot = self._pulse.begin(aside=True, since=job.began)
        self.stand_up()
        here.job = None
        other = self._pass_on(seat)
        self.replace_me(None if other is None else seat, other)
        try:
            yield
        finally:
            self._sit_down(self._come_back(job))
            here.job = job
            self._pulse.end(job.slot)
            job.slot = self._pulse.begin(since=job.began)

    def _come_back(self, job: Job) -> Seat:
        """Return a seat, waited for among the first: who was aside has done most of their work."""
        with self._lock:
            self._aside.discard(job)
            if self._free:
                return self._free.pop()
            place = _Call()
            self._returning.append(place)
        place.came.wait()
        assert place.seat is not None
        return place.seat

    def overdue(self, seconds: float) -> list[Job]:
        """Return the jobs that wait for somebody else and have been worked on for longer, not answered yet."""
        now = time.monotonic()
        with self._lock:
            return [job for job in self._aside if now - job.began > seconds and not job.is_answered]
