"""A STAC API's search as others have it, in pages, that tells the truth or lies about what comes next."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class StacApi:
    """`features` are what it has. `lies` is `same` (the page again and again), `self` (its own address) or empty."""

    url: str = ""
    features: Sequence[Any] = ()
    lies: str = ""
    posts: bool = False
    # Statuses that the next requests are answered with.
    faults: list[int] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)

    def page(self, first: int, limit: int) -> dict[str, Any]:
        """Return the page from a position on."""
        start = 0 if self.lies == "same" else first
        document: dict[str, Any] = {"type": "FeatureCollection", "features": self.features[start : start + limit]}
        if self.lies == "self":
            document["links"] = [{"rel": "next", "href": f"{self.url}/search?limit={limit}"}]
        elif self.posts and first + limit < len(self.features):
            link = {"rel": "next", "href": f"{self.url}/search", "method": "POST", "merge": True}
            document["links"] = [link | {"body": {"first": first + limit, "limit": limit}}]
        elif self.lies or first + limit < len(self.features):
            href = f"./search?limit={limit}&first={first + limit}"
            document["links"] = [{"rel": "next", "href": href, "type": "application/geo+json"}]
        return document


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, api: StacApi, **kwargs: Any) -> None:
        self.api = api
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/":
            links = [{"rel": "search", "href": f"{self.api.url}/search", "type": "application/geo+json"}]
            links += [{"rel": "child", "href": f"{self.api.url}/never"}]
            landing = {"type": "Catalog", "stac_version": "1.0.0", "id": "api", "description": "x", "links": links}
            self._answer(landing | {"conformsTo": ["https://api.stacspec.org/v1.0.0/item-search"]})
        else:
            self._answer(self.api.page(int(query.get("first", 0)), int(query.get("limit", 10))))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(self.api.page(body["first"], body["limit"]))

    def log_message(self, *args: Any) -> None:
        """Say nothing: the log is the list."""

    def _answer(self, document: Any) -> None:
        self.api.requests.append((self.command, self.path))
        status = self.api.faults.pop(0) if self.api.faults else 200
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/geo+json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def run_stac_api() -> Iterator[StacApi]:
    """Serve an API on a loopback port."""
    api = StacApi()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, api=api)) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
