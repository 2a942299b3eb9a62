"""What a process shows of itself, and when it is replaced."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from geodata.serving.bodies import Body, length_of
from geodata.serving.pulse import PREFIX, Pulse, Vitals, read_pulse
from geodata.serving.watch import Patience, Watch, check_health, judge

PATIENCE = Patience(silent=8, request=60, stalled=12)
WELL = {"silent": 0.4, "oldest": 5.0, "unchanged": 1.0, "busy": 4, "threads": 4, "stuck": 0}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"silent": 9.0}, "no sign of life for 9 s"),
        ({"oldest": 61.0}, "held a request for 61 s"),
        ({"unchanged": 13.0}, "all of its 4 threads for 13 s"),
        ({"unchanged": 13.0, "busy": 3}, ""),
        ({"unchanged": 13.0, "busy": 0}, ""),
        ({"stuck": 33}, "33 threads waiting for clients"),
    ],
)
def test_judge_names_what_is_wrong(change, words):
    assert words in judge(Vitals(**{**WELL, **change}), PATIENCE)
    assert bool(judge(Vitals(**{**WELL, **change}), PATIENCE)) == bool(words)


def test_pulse_is_read_as_it_was_written(tmp_path):
    pulse = Pulse(tmp_path, threads=4)
    first, second = pulse.begin(), pulse.begin()
    aside = pulse.begin(aside=True)
    pulse.count_stuck(3)
    found = read_pulse(tmp_path / f"{PREFIX}{os.getpid()}")
    assert found is not None
    assert (found.busy, found.threads, found.stuck) == (2, 4, 3)
    pulse.end(first)
    pulse.end(second)
    pulse.wait_for_client(aside)
    found = read_pulse(tmp_path / f"{PREFIX}{os.getpid()}")
    assert found is not None
    assert (found.busy, found.oldest) == (0, 0.0)


def test_pulse_takes_slots_again(tmp_path):
    pulse = Pulse(tmp_path, threads=4)
    for _ in range(1000):
        pulse.end(pulse.begin())
        pulse.end(pulse.begin(aside=True))


@pytest.mark.parametrize("content", [b"", b"x" * 100])
def test_read_pulse_unfinished_file_is_none(tmp_path, content):
    (tmp_path / "pulse-1").write_bytes(content)
    assert read_pulse(tmp_path / "pulse-1") is None
    assert read_pulse(tmp_path / "pulse-2") is None


def test_check_health_without_processes_is_ill(tmp_path):
    assert check_health(tmp_path, patience=PATIENCE) == ["no web process shows a pulse"]
    Pulse(tmp_path, threads=4)
    assert check_health(tmp_path, patience=PATIENCE) == []
    assert check_health(tmp_path, patience=Patience(silent=-1, request=60, stalled=12))


def test_watch_kills_once_and_clears_up(tmp_path):
    said: list[str] = []
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        Pulse(tmp_path, threads=4)
        own: Path = tmp_path / f"{PREFIX}{os.getpid()}"
        own.rename(tmp_path / f"{PREFIX}{process.pid}")
        (tmp_path / f"{PREFIX}999999999").touch()
        impatient = Patience(silent=-1, request=60, stalled=12)
        watch = Watch(tmp_path, patience=impatient, processes=lambda: [process.pid], announce=said.append)
        watch.look()
        watch.look()
        assert process.wait(timeout=60) == -signal.SIGKILL
    assert len(said) == 1
    assert f"Process {process.pid} showed no sign of life" in said[0]
    assert [path.name for path in tmp_path.iterdir()] == [f"{PREFIX}{process.pid}"]


def test_watch_that_was_late_itself_gives_the_others_time_to_beat(tmp_path, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("geodata.serving.watch.time.monotonic", lambda: clock[0])
    watch = Watch(tmp_path, patience=PATIENCE, processes=list, announce=lambda _: None)
    looks: list[float] = []
    monkeypatch.setattr(watch, "look", lambda: looks.append(clock[0]))
    for late, later in ((0.0, 0.5), (30.0, 0.5), (0.1, 8.0), (0.0, 0.5)):
        watch.wake(late=late)
        clock[0] += later
    assert looks == [1000.0, 1009.0]


class Raw:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def read(self, size: int) -> bytes:
        part, self.data = self.data[:size], self.data[size:]
        return part


def test_body_gives_bytes_and_lines():
    body = Body(Raw(b"one\ntwo\nrest"), length=12)
    assert body.readline() == b"one\n"
    assert list(body) == [b"two\n", b"rest"]
    assert Body(Raw(b"abc" * 100_000), length=None).read() == b"abc" * 100_000
    assert Body(Raw(b"abcdef"), length=6).read(4) == b"abcd"


def test_body_too_slow_is_one_that_sends_less_than_the_rate_after_its_grace():
    body = Body(Raw(b""), length=10**6)
    body.asked_at, now = 1000.0, 1000.0
    slow = {"least_rate": 1024.0, "grace_seconds": 5.0}
    assert not body.is_too_slow(now + 5, **slow)
    assert body.is_too_slow(now + 10, **slow)
    body.received = 100_000
    assert not body.is_too_slow(now + 10, **slow)
    body.asked_at = 0.0  # Nobody waits for the client.
    assert not body.is_too_slow(now + 10_000, **slow)


@pytest.mark.parametrize(
    ("scope", "length"),
    [
        ({"REQUEST_METHOD": "GET"}, 0),
        ({"CONTENT_LENGTH": "0"}, 0),
        ({"CONTENT_LENGTH": "12"}, 12),
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, None),
        ({"SERVER_PROTOCOL": "HTTP/2", "REQUEST_METHOD": "POST"}, None),
        ({"SERVER_PROTOCOL": "HTTP/2", "REQUEST_METHOD": "GET"}, 0),
    ],
)
def test_length_of_request_is_as_announced(scope, length):
    assert length_of(scope) == length
