"""A web server of a folder's files that answers ranges, keeps to conditions, and keeps a log of what was asked."""

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from osgeo import gdal


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came: ``GET /scene.tif bytes=0-16383``."""

    method: str
    path: str
    range: str


@dataclass(frozen=True, kw_only=True)
class FileServer:
    """``folder`` is what it serves, ``url`` has no slash at its end."""

    url: str
    folder: Path
    requests: list[Request] = field(default_factory=list)
    # By path, or method and path: statuses that the next requests are answered with, instead of what is there; 0 breaks
    # the connection.
    faults: dict[str, list[int]] = field(default_factory=dict)
    _held: dict[str, threading.Event] = field(default_factory=dict)

    @contextmanager
    def holding(self, name: str) -> Iterator[None]:
        """Let whoever asks for that file wait for the answer until the block ends."""
        self._held[f"/{name}"] = threading.Event()
        try:
            yield
        finally:
            self._held.pop(f"/{name}").set()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # The body need not wait for an acknowledgement of the headers.

    def __init__(
        self,
        *args,
        server_log: list[Request],
        held: dict[str, threading.Event],
        faults: dict[str, list[int]],
        **kwargs,
    ) -> None:
        self.server_log, self.held, self.faults = server_log, held, faults
        super().__init__(*args, **kwargs)

    def do_HEAD(self):
        self._answer(with_body=False)

    def do_GET(self):
        self._answer(with_body=True)

    def log_message(self, format, *args):  # noqa: A002
        """Say nothing: the log is the list."""

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _answer(self, *, with_body: bool) -> None:
        wanted = self.headers.get("Range", "")
        self.server_log.append(Request(method=self.command, path=self.path, range=wanted))
        if held := self.held.get(self.path):
            held.wait()
        if faults := self.faults.get(f"{self.command} {self.path}") or self.faults.get(self.path):
            if status := faults.pop(0):
                self.send_error(status)
            else:
                self._reset()
            return
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.endswith("/"):
            path /= "index.html"
        if not path.is_file():
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        body = path.read_bytes()
        whole = len(body)
        etag = f'"{path.stat().st_mtime_ns:x}-{whole:x}"'
        if self.headers.get("If-Match", etag) != etag:
            self.send_error(HTTPStatus.PRECONDITION_FAILED)
            return
        start, end = _span(wanted, size=whole)
        if start >= whole > 0:
            self.send_error(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            return
        self.send_response(HTTPStatus.PARTIAL_CONTENT if wanted else HTTPStatus.OK)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(end - start))
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", etag)
        self.send_header("Last-Modified", self.date_time_string(int(path.stat().st_mtime)))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{whole}")
        self.end_headers()
        if with_body:
            self.wfile.write(body[start:end])


def _span(header: str, *, size: int) -> tuple[int, int]:
    """First byte and the one after the last of a single ``bytes=a-b`` range."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", header)
    if not match:
        return 0, size
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


@contextmanager
def run_file_server(folder: Path) -> Iterator[FileServer]:
    """Serve ``folder`` on a loopback port."""
    requests: list[Request] = []
    held: dict[str, threading.Event] = {}
    faults: dict[str, list[int]] = {}
    handler = partial(_Handler, directory=str(folder), server_log=requests, held=held, faults=faults)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="file server")
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            yield FileServer(url=url, folder=folder, requests=requests, faults=faults, _held=held)
        finally:
            server.shutdown()
            thread.join()
            # A later server may be given the same port.
            gdal.VSICurlClearCache()
