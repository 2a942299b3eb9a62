"""A store of many small COGs, by HTTP and by S3's protocol on one port, which fails when it is told to."""

import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LISTING = """<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<IsTruncated>false</IsTruncated><KeyCount>1</KeyCount><Contents><Key>{}.tif</Key><Size>1</Size>
<LastModified>2024-05-01T00:00:00.000Z</LastModified><ETag>"1"</ETag></Contents></ListBucketResult>"""
RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass(kw_only=True)
class FaultyStore:
    """``files`` stand for as many keys as are asked for. ``fault``: "" for none, a status, or "reset"."""

    files: list[bytes]
    url: str = ""
    fault: str = ""
    # Whether HEAD is answered all the same.
    reads_only: bool = False
    answered: Counter[str] = field(default_factory=Counter)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, *args: object, store: FaultyStore, **kwargs: object) -> None:
        self.store = store
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer a file, or a part of one."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer a file's headers."""
        self._answer()

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        fault = "" if self.store.reads_only and self.command == "HEAD" else self.store.fault
        listed = re.search(r"list-type=2.*prefix=(\d+)", self.path)
        number = re.search(r"(\d+)\.tif$", self.path.partition("?")[0])
        self.store.answered[fault or ("file" if number else "nothing")] += 1
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif fault:
            self._send(int(fault), b"")
        elif listed:
            self._send(HTTPStatus.OK, LISTING.format(listed[1]).encode())
        elif number is None:
            self._send(HTTPStatus.NOT_FOUND, b"")
        else:
            self._send_file(self.store.files[int(number[1]) % len(self.store.files)])

    def _send_file(self, content: bytes) -> None:
        asked = RANGE.fullmatch(self.headers.get("Range", ""))
        if not asked:
            self._send(HTTPStatus.OK, content)
            return
        start, end = int(asked[1]), min(int(asked[2] or len(content)) + 1, len(content))
        span = {"Content-Range": f"bytes {start}-{end - 1}/{len(content)}"}
        self._send(HTTPStatus.PARTIAL_CONTENT, content[start:end], span)

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        told = {"Content-Type": "image/tiff", "Accept-Ranges": "bytes", "ETag": '"1"', **(headers or {})}
        told["Last-Modified"] = "Wed, 01 May 2024 00:00:00 GMT"
        for name, value in {**told, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def run_faulty_store(paths: list[Path]) -> Iterator[FaultyStore]:
    """Serve these files on a loopback port: ``/any/000123.tif`` is one of them, and so is a key of any bucket."""
    store = FaultyStore(files=[path.read_bytes() for path in paths])
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, store=store)) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="faulty store")
        thread.start()
        store.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield store
        finally:
            server.shutdown()
            thread.join()
