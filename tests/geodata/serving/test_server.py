"""The web server with clients that are slow and requests that don't end: others are served meanwhile, or soon again."""

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from geodata.supervision.programs import Program
from geodata.supervision.readiness import http_answers
from tests.services.processes import descendants, free_port, running, wait_until

ROOT = Path(__file__).parents[3]
# Others are served again within so many seconds; a busy machine takes its time to start processes.
SERVED_AGAIN = 15.0


class Server:
    def __init__(self, port: int, log: Path, pid: int) -> None:
        self.port, self.log, self.pid = port, log, pid
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path: str, **more) -> requests.Response:
        return requests.request(more.pop("method", "GET"), f"{self.url}{path}", timeout=more.pop("timeout", 5), **more)

    def hold(self, path: str, *, clients: int) -> None:
        """Have so many clients ask, and wait for ever."""
        for _ in range(clients):
            threading.Thread(target=self._ask_for_ever, args=(path,), daemon=True).start()

    def _ask_for_ever(self, path: str) -> None:
        try:
            self.ask(path, timeout=120)
        except requests.RequestException:
            return

    def connect(self, request: str) -> socket.socket:
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", self.port))
        client.sendall(request.encode())
        return client

    def worst_wait(self, seconds: float) -> float:
        """Return the longest that a plain request had to wait in so many seconds."""
        worst, until = 0.0, time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.monotonic()
            self.ask("/", timeout=30)
            worst = max(worst, time.monotonic() - began)
        return worst

    def seconds_until_served(self) -> float:
        """How long until ten requests in a row, which both processes get, are answered at once."""
        began, good = time.monotonic(), 0
        while good < 10:
            try:
                good = good + 1 if self.ask("/", timeout=1).ok else 0
            except requests.RequestException:
                good = 0
            assert time.monotonic() - began < 60, self.log.read_text()[-3000:]
        return time.monotonic() - began


@contextmanager
def serve(folder: Path, **settings: str) -> Iterator[Server]:
    port = free_port()
    module = "tests.geodata.serving.stuck_application:application"
    program = Program(
        name="web",
        command=("python", "-m", "geodata.serving.granian", module, "--port", str(port), "--threads", "2"),
        grace=1.0,
        environment={**os.environ, "GEODATA_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT), **settings},
    )
    with running(program, logs=folder, ready=lambda: http_answers(f"http://127.0.0.1:{port}/")) as child:
        yield Server(port, child.log, child.pid)


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    with serve(
        tmp_path,
        DJANGO_SETTINGS_MODULE="geodata.settings.embedded",
        GEODATA_WEB_SILENCE_SECONDS="4",
        GEODATA_WEB_STALL_SECONDS="4",
        GEODATA_WEB_REQUEST_SECONDS="8",
        GEODATA_WEB_BODY_THREADS="6",
        GEODATA_WEB_STREAM_THREADS="3",
        GEODATA_BODY_GRACE_SECONDS="1",
        GEODATA_BODY_LEAST_BYTES_PER_SECOND="4096",
    ) as server:
        yield server


@pytest.mark.parametrize(
    ("path", "reason"), [("/gil", "showed no sign of life"), ("/never", "held requests in all of its 2 threads")]
)
def test_server_process_that_stands_still_is_replaced(server, path, reason):
    server.hold(path, clients=8)
    assert server.seconds_until_served() < SERVED_AGAIN
    wait_until(lambda: reason in server.log.read_text(), what=reason)


def test_server_one_request_that_never_ends_costs_its_process_later(server):
    server.hold("/never", clients=1)
    wait_until(lambda: "held a request for" in server.log.read_text(), what="the replacement")
    assert server.seconds_until_served() < SERVED_AGAIN


def test_server_slow_bodies_hold_up_nobody_and_are_given_up(server):
    head = "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx"
    clients = [server.connect(head) for _ in range(10)]
    assert server.worst_wait(3) < 2
    answers = []
    for client in clients:
        client.settimeout(30)
        answers.append(client.recv(4096))
        client.close()
    assert {answer.split()[1] for answer in answers} <= {b"408", b"503"}
    assert b"408" in {answer.split()[1] for answer in answers}
    # Their places are free again.
    assert server.ask("/body", method="POST", data=b"y" * 50_000).content == b"y" * 50_000


def test_server_more_slow_bodies_than_places_are_told_to_come_again(server):
    head = "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nx"
    clients = [server.connect(head) for _ in range(30)]
    clients[-1].settimeout(30)
    said = b"".join(_first_answer(client) for client in clients)
    assert b"503" in said
    assert b"retry-after: 5" in said.lower()
    for client in clients:
        client.close()


def _first_answer(client: socket.socket) -> bytes:
    client.settimeout(30)
    return client.recv(4096)


def test_server_unread_streams_hold_up_nobody(server):
    clients = [server.connect("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(10)]
    assert server.worst_wait(3) < 2
    for client in clients:
        client.close()
    # Their threads end with them.
    wait_until(lambda: _can_stream(server), what="a place for a stream")


def _can_stream(server: Server) -> bool:
    with requests.get(f"{server.url}/stream", stream=True, timeout=5) as answer:
        return answer.status_code == 200


@pytest.mark.parametrize("size", [0, 1, 5000, 2**20, 2**20 + 1, 5_000_000])
def test_server_body_arrives_whole(server, size):
    data = os.urandom(size)
    assert server.ask("/body", method="POST", data=data).content == data


def test_server_body_in_pieces_arrives_whole(server):
    client = server.connect("POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n")
    for _ in range(4):
        time.sleep(0.2)
        client.sendall(b"z" * 5000)
    client.settimeout(30)
    assert client.recv(4096).startswith(b"HTTP/1.1 200")
    client.close()


def test_server_health_check_tells_the_pulse(server, tmp_path):
    def check() -> "tuple[int, str]":
        import subprocess

        answer = subprocess.run(
            [sys.executable, "-m", "geodata.serving.watch"],
            cwd=ROOT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "geodata.settings.embedded",
                "GEODATA_DATA_DIR": str(tmp_path),
                "GEODATA_WEB_REQUEST_SECONDS": "2",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return answer.returncode, answer.stderr

    assert check() == (0, "")
    server.hold("/never", clients=1)
    wait_until(lambda: "held a request" in check()[1], what="the health check's complaint")
    assert len(descendants(server.pid)) >= 2
