"""Files on a server, through GDAL's `/vsicurl/`."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from catalog.extraction import ExtractionError, extract


class Files(BaseHTTPRequestHandler):
    """Serves one folder, in ranges unless its name says otherwise."""

    folder: Path
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.folder / self.path.rpartition("/")[2]
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        start, end, status = 0, len(content) - 1, 200
        if "Range" in self.headers and not self.path.startswith("/whole/"):
            first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
            start, end, status = int(first), min(int(last or end), end), 206
        self.send_response(status)
        self.send_header("Content-Length", str(end - start + 1))
        self.send_header("Last-Modified", "Wed, 01 May 2024 12:00:00 GMT")
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content[start : end + 1])

    def do_HEAD(self) -> None:
        self.do_GET()

    def handle(self) -> None:
        # Readers hang up as soon as they have enough.
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, *_args: object) -> None:
        """Keep the test's output to itself."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    handler = type("FilesOfTest", (Files,), {"folder": tmp_path})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"/vsicurl/http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_extract_remote_geotiff_equals_the_local_one(make_raster, served):
    path = make_raster(name="remote.tif")
    remote, local = extract(f"{served}/remote.tif", name="remote.tif"), extract(path, name="remote.tif")
    assert (remote.geometry, remote.asset) == (local.geometry, local.asset)
    assert remote.datetime is not None
    assert remote.datetime.isoformat() == "2024-05-01T12:00:00+00:00"


def test_extract_remote_file_that_is_missing_is_not_found(served):
    with pytest.raises(ExtractionError) as caught:
        extract(f"{served}/nothing.tif", name="nothing.tif")
    assert caught.value.code == "not_found"
    assert "127.0.0.1" not in caught.value.message


def test_extract_remote_text_is_not_an_image(tmp_path, served):
    (tmp_path / "page.tif").write_text("<html>Sign in to go on</html>\n" * 50)
    with pytest.raises(ExtractionError) as caught:
        extract(f"{served}/page.tif", name="page.tif")
    assert caught.value.code == "not_an_image"


def test_extract_from_server_without_ranges_says_so(make_raster, served):
    make_raster(np.zeros((3, 600, 600), dtype=np.uint8), name="remote.tif")
    with pytest.raises(ExtractionError) as caught:
        extract(f"{served}/whole/remote.tif", name="remote.tif")
    assert (caught.value.code, "ranges" in caught.value.message) == ("unreadable", True)
