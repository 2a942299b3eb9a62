"""Seats: so many requests at a time, worked on by the threads that bring them, each with its own connections."""

import threading
from typing import Any

import pytest
from django.db import connections

from geodata.serving.pulse import Pulse, read_pulse
from geodata.serving.seats import ASIDE_PLACES, Job, Seats
from tests.services.processes import wait_until
from tiles.errors import SourceStalled


class Site:
    """Runs what a job's scope says, and keeps what happened."""

    def __init__(self, folder, *, seats: int) -> None:
        self.pulse = Pulse(folder, threads=seats)
        self.path = next(folder.iterdir())
        self.seats = Seats(seats, run=self._run, pulse=self.pulse)
        self.done: list[str] = []
        self.go = {name: threading.Event() for name in (*"abcdef", "a aside")}
        self.working: set[str] = set()
        self.most = 0
        self.connections: dict[str, Any] = {}

    def _run(self, job: Job) -> None:
        name, how = job.scope["name"], job.scope.get("how", "")
        self.working.add(name)
        self.most = max(self.most, len(self.working))
        self.connections[name] = connections["default"]
        if how.endswith("aside"):
            if how != "aside":
                self.go[f"{name} aside"].wait(30)
            self.working.discard(name)
            with self.seats.aside():
                self.go[name].wait(30)
            self.working.add(name)
            self.connections[f"{name} again"] = connections["default"]
        else:
            self.go[name].wait(30)
        self.working.discard(name)
        self.done.append(name)

    def bring(self, name: str, how: str = "") -> threading.Thread:
        thread = threading.Thread(target=self.seats.work, args=(Job(None, {"name": name, "how": how}),), daemon=True)
        thread.start()
        return thread


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path, seats=2)


def test_seats_work_on_as_many_as_there_are_and_leave_the_rest_to_who_sits(site):
    site.bring("a")
    site.bring("b")
    wait_until(lambda: site.working == {"a", "b"})
    # Whoever brings a third one rests: there are enough who work.
    third = site.bring("c")
    wait_until(lambda: len(site.seats._resting) == 1)
    assert site.working == {"a", "b"}
    assert site.connections["a"] is not site.connections["b"]
    site.go["a"].set()
    wait_until(lambda: site.working == {"b", "c"})
    assert site.connections["c"] is site.connections["a"]
    for name in "bc":
        site.go[name].set()
    wait_until(lambda: sorted(site.done) == ["a", "b", "c"])
    assert site.most == 2
    assert third.is_alive()
    assert read_pulse(site.path).busy == 0


def test_seats_of_those_who_wait_aside_are_for_others(site):
    site.bring("a", "aside")
    site.bring("b", "aside")
    wait_until(lambda: len(site.seats._aside) == 2)
    for name in "cd":
        site.bring(name)
    wait_until(lambda: site.working == {"c", "d"})
    site.bring("e")
    wait_until(lambda: len(site.seats._resting) == 1)
    # One comes back, and goes on before what nobody has begun.
    site.go["a"].set()
    wait_until(lambda: bool(site.seats._returning))
    site.go["c"].set()
    wait_until(lambda: "a" in site.done)
    assert site.connections["a again"] is site.connections["c"]
    for event in site.go.values():
        event.set()
    wait_until(lambda: sorted(site.done) == ["a", "b", "c", "d", "e"])
    assert site.most <= 2


def test_seats_whoever_waits_calls_one_who_rests(site):
    site.bring("a", "aside")
    wait_until(lambda: len(site.seats._aside) == 1)
    for name in "bc":
        site.bring(name)
    wait_until(lambda: site.working == {"b", "c"})
    resting = site.bring("d")
    wait_until(lambda: len(site.seats._resting) == 1)
    # Who is about to wait for a client goes from those who bring requests: another goes back in its place.
    site.seats.replace_me()
    resting.join(30)
    assert not resting.is_alive()
    assert not site.seats._resting
    for event in site.go.values():
        event.set()
    wait_until(lambda: sorted(site.done) == ["a", "b", "c", "d"])
    assert site.most <= 2


def test_seats_one_who_rests_works_in_the_place_of_one_aside(site):
    site.bring("a", "work, then aside")
    site.bring("b")
    wait_until(lambda: site.working == {"a", "b"})
    resting = site.bring("c")
    wait_until(lambda: len(site.seats._resting) == 1)
    site.go["a aside"].set()
    wait_until(lambda: site.working == {"b", "c"})
    site.go["c"].set()
    resting.join(30)
    assert not resting.is_alive()
    site.go["a"].set()
    site.go["b"].set()
    wait_until(lambda: sorted(site.done) == ["a", "b", "c"])


def test_seats_those_who_wait_aside_are_few(site, monkeypatch):
    monkeypatch.setattr("geodata.serving.seats.ASIDE_PLACES", 1)
    refused: list[bool] = []

    def run(job: Job) -> None:
        try:
            with site.seats.aside():
                site.go[job.scope["name"]].wait(30)
        except SourceStalled:
            refused.append(True)

    site.seats._run = run
    site.bring("a")
    wait_until(lambda: len(site.seats._aside) == 1)
    site.bring("b").join(30)
    assert refused == [True]
    site.go["a"].set()
    assert ASIDE_PLACES > 32


def test_seats_a_transaction_keeps_its_seat(site):
    class Connection:
        alias, in_atomic_block = "default", True

    held: list[bool] = []

    def run(job: Job) -> None:
        del job
        site.seats._here.seat.connections = [Connection()]
        with site.seats.aside():
            held.append(not site.seats._aside)

    site.seats._run = run
    site.bring("a").join(30)
    assert held == [True]


def test_seats_tell_of_those_who_wait_for_too_long(site):
    site.bring("a", "aside")
    wait_until(lambda: len(site.seats.overdue(0.0)) == 1)
    assert not site.seats.overdue(60.0)
    site.seats.overdue(0.0)[0].is_answered = True
    assert not site.seats.overdue(0.0)
    site.go["a"].set()
    wait_until(lambda: site.done == ["a"])
