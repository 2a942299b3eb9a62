"""The web server before the containers, as it is configured: keeps public tiles, and hands out stored files."""

import re
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
import requests

from geodata.supervision.readiness import http_answers
from tests.services.processes import free_port, wait_until

CONFIGURATION = Path(__file__).parents[2] / "packaging" / "nginx" / "geodata.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
pytestmark = pytest.mark.skipif(not NGINX, reason="nginx isn't installed")


class Site(BaseHTTPRequestHandler):
    """Answers as site and as storage, by the path, and keeps a log."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[Counter[str]] = Counter()

    def do_GET(self):
        self.asked[self.path] += 1
        headers = {"Cache-Control": "public, max-age=60"}
        if "stale" in self.path:
            headers = {"Cache-Control": "public, max-age=1, stale-while-revalidate=60"}
        if "private" in self.path:
            headers = {"Cache-Control": "private, max-age=60"}
        if self.path.endswith("/download/"):
            headers = {
                "Cache-Control": "private, max-age=60",
                "Content-Disposition": "attachment",
                "X-Accel-Redirect": "/stored/bucket/a%20b.tif?signature=1%2B2",
            }
        if self.path.startswith("/stac/"):
            headers = {"Content-Type": "application/geo+json", "ETag": '"1"', "Vary": "Authorization, Cookie"}
        body = f"{self.path} {self.headers.get('Authorization', '-')} {self.headers.get('Cookie', '-')}".encode()
        body += b" " * (2000 if "limit" in self.path else 0)
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Stay quiet."""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[str]:
    """Run nginx, as configured but for its ports and folders, before a site and a storage of ours."""
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    port = free_port()
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        text = CONFIGURATION.read_text()
        text = re.sub(r"\b(web:8000|storage:9000)\b", f"127.0.0.1:{server.server_port}", text)
        text = text.replace("listen 8000", f"listen 127.0.0.1:{port}").replace("/var/cache/nginx", str(folder))
        temporary = "\n".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        path = folder / "nginx.conf"
        path.write_text(
            f"daemon off; user root; pid {folder}/pid; error_log {folder}/error.log;"
            f"events {{ worker_connections 64; }} http {{ access_log off; {temporary} {text} }}"
        )
        command = [str(NGINX), "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(path)]
        checked = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=60, check=False)
        assert checked.returncode == 0, checked.stderr
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: http_answers(f"{url}/healthz"), what="nginx")
            yield url
        finally:
            process.terminate()
            process.wait(timeout=30)
            server.shutdown()


def _ask(url: str, **headers: str) -> requests.Response:
    return requests.get(url, headers=headers, timeout=30)


def test_proxy_public_tile_is_asked_of_the_site_once(site):
    path = "/tiles/c/i/a/tiles/1/2/3.webp"
    first, second = _ask(f"{site}{path}"), _ask(f"{site}{path}")
    assert (first.headers["X-Cache"], second.headers["X-Cache"]) == ("MISS", "HIT")
    assert first.content == second.content
    assert Site.asked[path] == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/tiles/private/i/a/tiles/1/2/3.webp", {}),
        ("/tiles/private/i/a/tiles/1/2/3.webp?expires=9&signature=abc", {}),
        ("/tiles/c/i/a/tiles/1/2/4.webp", {"Authorization": "Bearer abc"}),
        ("/tiles/c/i/a/tiles/1/2/5.webp", {"Cookie": "sessionid=abc"}),
    ],
)
def test_proxy_tile_of_somebody_is_kept_for_nobody(site, path, headers):
    for _ in range(2):
        assert _ask(f"{site}{path}", **headers).headers.get("X-Cache") != "HIT"
    assert Site.asked[path] == 2
    # Nor may another, who shows nothing, see what was answered to the first.
    assert "abc" not in _ask(f"{site}{path.partition('?')[0]}").text


def test_proxy_tile_over_its_time_is_shown_while_it_is_fetched(site):
    path = "/tiles/c/i/a/tiles/1/2/stale.webp"
    _ask(f"{site}{path}")
    wait_until(lambda: _ask(f"{site}{path}").headers["X-Cache"] == "STALE", what="a tile over its time")
    wait_until(lambda: Site.asked[path] >= 2, what="its new version")


def test_proxy_download_comes_from_the_storage_as_the_site_signed_it(site):
    answer = _ask(f"{site}/api/files/1/download/", Authorization="Bearer abc", Cookie="sessionid=abc")
    assert answer.text == "/bucket/a%20b.tif?signature=1%2B2 - -"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_proxy_storage_is_not_reached_from_outside(site):
    assert _ask(f"{site}/stored/bucket/a.tif").status_code == 404


@pytest.mark.parametrize("path", ["/stac/search", "/stac/collections/a%20b/items"])
def test_proxy_compresses_pages_of_items(site, path):
    answer = _ask(f"{site}{path}?limit=10")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["ETag"] == 'W/"1"'
    assert {name.strip() for name in answer.headers["Vary"].split(",")} == {
        "Accept-Encoding",
        "Authorization",
        "Cookie",
    }
    assert answer.text.startswith(path)
    assert "Content-Encoding" not in _ask(f"{site}{path}?limit=10", **{"Accept-Encoding": "identity"}).headers
    assert "Content-Encoding" not in _ask(f"{site}{path}").headers


@pytest.mark.parametrize("path", ["/stac/collections/a", "/stac/collections/a/items/search"])
def test_proxy_leaves_versions_of_single_documents_strong(site, path):
    answer = _ask(f"{site}{path}?limit=10")
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["ETag"] == '"1"'
