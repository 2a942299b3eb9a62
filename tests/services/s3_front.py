"""A server in front of an S3 server: it counts what is asked, and lets in whom it is told to."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# What S3 answers to keys of which the time is over.
EXPIRED = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"""
CREDENTIAL = re.compile(r"Credential=([^/,]+)/")
NOT_PASSED_ON = {"transfer-encoding", "connection", "content-length", "server", "date"}


@dataclass(kw_only=True)
class Front:
    """``url`` is where it answers; ``asked``: ``GET /bucket/key`` and ``LIST /bucket``, each with how often.

    ``keys``: access keys that are let in, with "" for requests without; None: all of them.
    """

    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    keys: set[str] | None = None
    headers: list[dict[str, str]] = field(default_factory=list)

    def clear(self) -> None:
        """Forget what was asked."""
        self.asked.clear()
        self.headers.clear()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, *args, front: Front, behind: str, **kwargs) -> None:
        self.front, self.behind = front, behind
        super().__init__(*args, **kwargs)

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        is_list = self.command == "GET" and "list-type=2" in parts.query
        self.front.asked[f"{'LIST' if is_list else self.command} {parts.path}"] += 1
        self.front.headers.append(dict(self.headers))
        found = CREDENTIAL.search(self.headers.get("Authorization", ""))
        if self.front.keys is not None and (found[1] if found else "") not in self.front.keys:
            self._answer(403, {"Content-Type": "application/xml"}, EXPIRED)
            return
        connection = HTTPConnection(urlsplit(self.behind).netloc)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        connection.request(self.command, self.path, body=body or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        told = {name: value for name, value in answer.getheaders() if name.lower() not in NOT_PASSED_ON}
        length = answer.getheader("Content-Length")
        self._answer(answer.status, told, content, length=length)
        connection.close()

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, length: str | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length or str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815

    def log_message(self, format, *args):  # noqa: A002
        """Say nothing: the counter is the log."""


@contextmanager
def run_front(behind: str) -> Iterator[Front]:
    """Stand on a loopback port in front of the server at that URL."""
    front = Front()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, front=front, behind=behind)) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="s3 front")
        thread.start()
        front.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield front
        finally:
            server.shutdown()
            thread.join()
