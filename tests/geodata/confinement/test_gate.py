"""The gate judges the address of every connection: the same as admission does, whichever library connects."""

import ctypes
import ipaddress
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from catalog.remote.admission import _is_open
from geodata.confinement import gate
from tests.services.processes import free_port

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def library() -> Path:
    if not shutil.which("cc") and not gate.library().exists():
        pytest.skip("no C compiler")
    assert gate.build() == ""
    return gate.library()


class Inside(ThreadingHTTPServer):
    """What must not be asked: 127.0.0.2, and the redirects to it from 127.0.0.1."""

    daemon_threads = True
    asked: int = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Inside)
        if self.path.startswith("/to-inside"):
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.2:{self.path.rpartition('/')[2]}/secret")
        else:
            server.asked += 1
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815  The library's name.

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def servers() -> Iterator[tuple[Inside, Inside]]:
    outside, inside = Inside(("127.0.0.1", 0), Handler), Inside(("127.0.0.2", 0), Handler)
    for server in (outside, inside):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield outside, inside
    for server in (outside, inside):
        server.shutdown()
        server.server_close()


def run_gated(code: str, *arguments: object, library: Path, rules: list[str]) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "LD_PRELOAD": str(library), gate.RULES_VARIABLE: "\n".join(rules)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


READERS = {
    "requests": "import requests\ntry:\n    print(requests.get(url, timeout=5).status_code)\n"
    "except requests.RequestException as error:\n    print(type(error).__name__)",
    "gdal": "from osgeo import gdal\ngdal.UseExceptions()\ngdal.SetConfigOption('GDAL_HTTP_TIMEOUT', '5')\n"
    "print(gdal.VSIStatL('/vsicurl/' + url) is not None)",
    "boto3": "import boto3, botocore\nfrom botocore.config import Config\n"
    "client = boto3.client('s3', endpoint_url=url, region_name='x', aws_access_key_id='x', aws_secret_access_key='x',\n"
    "    config=Config(retries={'max_attempts': 0}, connect_timeout=5, read_timeout=5))\n"
    "try:\n    client.head_object(Bucket='b', Key='k'); print('asked')\n"
    "except botocore.exceptions.BotoCoreError as error:\n    print(type(error).__name__)",
}


@pytest.mark.parametrize("reader", READERS)
def test_gate_reader_sent_inside_reaches_nobody(library, servers, reader):
    outside, inside = servers
    ports = outside.server_port, inside.server_port
    first = f"http://127.0.0.1:{ports[0]}/to-inside/{ports[1]}" if reader != "boto3" else f"http://127.0.0.2:{ports[1]}"
    code = f"import sys\nurl = sys.argv[1]\n{READERS[reader]}"
    said = run_gated(code, first, library=library, rules=list(gate.rules_of("127.0.0.1/32")))
    assert inside.asked == 0
    assert said in {"ConnectionError", "False", "EndpointConnectionError"}
    run_gated(code, first, library=library, rules=list(gate.rules_of("127.0.0.0/8")))
    assert inside.asked > 0


CONNECT = """
import socket, sys
def attempt(*to):
    with socket.socket(socket.AF_INET6 if ":" in to[0] else socket.AF_INET) as client:
        client.settimeout(5)
        return client.connect_ex(to)
"""


def test_gate_port_of_a_rule_is_the_only_one(library, servers):
    outside, inside = servers
    code = f"{CONNECT}\nprint(attempt('127.0.0.1', int(sys.argv[1])), attempt('127.0.0.1', int(sys.argv[2])))"
    rules = list(gate.rules_of(f"127.0.0.1:{outside.server_port}"))
    assert run_gated(code, outside.server_port, free_port(), library=library, rules=rules) == "0 13"
    del inside


def test_gate_name_of_a_rule_is_reached_by_what_it_resolves_to(library, servers):
    outside, _ = servers
    rules = list(gate.rules_of(f"localhost:{outside.server_port}"))
    code = f"{CONNECT}\nport = int(sys.argv[1])\nprint(attempt('127.0.0.1', port))\n"
    code += "socket.create_connection(('localhost', port), 5).close()\nprint(attempt('127.0.0.1', port + 1))"
    assert run_gated(code, outside.server_port, library=library, rules=rules).split() == ["13", "13"]


def test_gate_datagrams_and_fast_open_are_judged(library):
    code = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    to = ("127.0.0.1", 9)
    for send in (lambda: client.sendto(b"x", to), lambda: client.sendmsg([b"x"], [], 0, to)):
        try:
            print(send())
        except OSError as error:
            print(error.errno)
with socket.socket() as client:
    try:
        client.sendto(b"x", socket.MSG_FASTOPEN, ("127.0.0.1", 9))
    except OSError as error:
        print(error.errno)
"""
    assert run_gated(code, library=library, rules=[]).split() == ["13", "13", "13"]


def test_gate_unix_sockets_pass(library, tmp_path):
    path = str(tmp_path / "s")
    code = "import socket, sys\nclient = socket.socket(socket.AF_UNIX)\nprint(client.connect_ex(sys.argv[1]))"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        assert run_gated(code, path, library=library, rules=[]) == "0"


def test_gate_children_have_it_closed_too(library, servers):
    outside, _ = servers
    child = f"{CONNECT}\nprint(attempt('127.0.0.1', {outside.server_port}))"
    code = f"import subprocess, sys\nprint(subprocess.check_output([sys.executable, '-c', {child!r}], text=True))"
    assert run_gated(code, library=library, rules=[]) == "13"


def test_gate_closed_does_not_open(library):
    code = f"""{CONNECT}
import ctypes
process = ctypes.CDLL(None)
print(process.gate_close(b"net ::ffff:127.0.0.1 128 0"), process.gate_is_closed(), attempt("127.0.0.1", 9))
"""
    assert run_gated(code, library=library, rules=[]) == "1 1 13"


class SockAddr(ctypes.Structure):
    """`sockaddr_in6`, or `sockaddr_in` in its beginning."""

    _fields_ = (("family", ctypes.c_uint16), ("port", ctypes.c_uint16), ("rest", ctypes.c_uint8 * 24))


def sockaddr(address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int = 443) -> SockAddr:
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    made = SockAddr(family, socket.htons(port))
    place = 0 if address.version == 4 else 4
    for number, byte in enumerate(address.packed):
        made.rest[place + number] = byte
    return made


NAMED = [
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.32.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.20.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001:db8::1",
    "2001::1",
    "2606:4700::1111",
    "2a00:1450::1",
    "100::1",
    "3fff::1",
    "fec0::1",
]


def test_gate_and_admission_judge_alike(library, settings):
    """Of named addresses and of any: what the gate lets pass, admission does; what admission does, the gate does."""
    settings.INGEST_ALLOW_PRIVATE = ["10.1.0.0/16", "fd00:1::/32"]
    loaded = ctypes.CDLL(str(library))
    rules = [rule for entry in settings.INGEST_ALLOW_PRIVATE for rule in gate.rules_of(entry)]
    assert loaded.gate_close("\n".join(rules).encode()) in {0, 1}
    addresses = [ipaddress.ip_address(text) for text in NAMED]
    addresses += [ipaddress.IPv4Address(random.getrandbits(32)) for _ in range(20_000)]
    addresses += [ipaddress.IPv6Address(0x2000 << 112 | random.getrandbits(125)) for _ in range(2_000)]
    addresses += [ipaddress.IPv4Address("10.1.2.3"), ipaddress.IPv6Address("fd00:1::5")]
    stricter = {"192.88.99", "2001:", "3fff:", "fec0:", "::", "64:ff9b:1:"}
    wrong = []
    for address in addresses:
        made = sockaddr(address)
        passes = bool(loaded.gate_judge(ctypes.byref(made), 16 if address.version == 4 else 28))
        admitted = _is_open(address, settings.INGEST_ALLOW_PRIVATE)
        if passes != admitted and not (not passes and str(address).startswith(tuple(stricter))):
            wrong.append(str(address))
    assert not wrong


@pytest.mark.parametrize(
    ("entry", "rules"),
    [
        ("10.1.0.0/16", ["net ::ffff:10.1.0.0 112 0"]),
        ("127.0.0.1", ["net ::ffff:127.0.0.1 128 0"]),
        ("127.0.0.1:9000", ["net ::ffff:127.0.0.1 128 9000"]),
        ("fd00::/8", ["net fd00:: 8 0"]),
        ("[::1]:6379", ["net ::1 128 6379"]),
        ("store", ["name store 0"]),
        ("store.example:9000", ["name store.example 9000"]),
        ("", []),
    ],
)
def test_rules_of_entry_are_networks_and_names(entry, rules):
    assert list(gate.rules_of(entry)) == rules


def test_services_are_those_that_settings_name(monkeypatch):
    for name in gate.PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    named = SimpleNamespace(
        DATABASES={"default": {"HOST": "postgis", "PORT": 5433}, "socket": {"HOST": "/run/postgresql"}},
        REDIS_URL="redis://redis:6380/0",
        CELERY_BROKER_URL="redis+socket:///x",
        AWS_ENDPOINT_URL="http://storage:9000",
        STORAGES={"default": {"OPTIONS": {"endpoint_url": "https://files.internal"}}},
        OIDC_ISSUER="",
        EMAIL_HOST="mail",
        EMAIL_PORT=587,
        is_overridden=lambda _: True,
    )
    monkeypatch.setattr(gate, "settings", named)
    found = set(gate.services())
    assert found == {"postgis:5433", "redis:6380", "storage:9000", "files.internal:443", "mail:587", "proxy:3128"}


def test_build_without_a_compiler_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(gate.sys, "prefix", str(tmp_path))
    monkeypatch.setattr(gate.shutil, "which", lambda _: None)
    assert gate.build() == "no C compiler is installed"
    assert gate.environment() == {}
