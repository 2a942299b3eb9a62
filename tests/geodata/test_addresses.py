"""The site at the root of a host and below a path that a proxy gives it."""

import io
from collections.abc import Iterator

import orjson
import pytest
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections

from geodata.addresses import below_prefix, read_prefix

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept_connections() -> Iterator[None]:
    """Leave the test's transaction open, which the end of a request would close, as Django's own client does."""
    both = (signals.request_started, signals.request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield
    for signal in both:
        signal.connect(close_old_connections)


def ask(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Ask the site as a server does: by a WSGI environment."""
    started: list = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        **headers,
    }
    answer = below_prefix(WSGIHandler())(environ, lambda status, headers: started.append((status, headers)))
    body = b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    status, fields = started[0]
    return int(status[:3]), dict(fields), body


def hrefs(body: bytes) -> set[str]:
    return {link["href"] for link in orjson.loads(body)["links"]}


@pytest.mark.parametrize("path", ["/geodata/stac/", "/stac/", "/geodata/stac"])
def test_site_below_a_path_links_to_addresses_below_it(settings, path):
    settings.SCRIPT_NAME = "/geodata"
    status, _, body = ask(path)
    assert status == 200
    assert "http://127.0.0.1/geodata/stac/search" in hrefs(body)
    assert all(href.startswith("http://127.0.0.1/geodata/") for href in hrefs(body))


def test_site_below_a_path_that_a_counted_proxy_says(settings):
    settings.PROXIES = 1
    _, _, body = ask("/stac/", HTTP_X_FORWARDED_PREFIX="/imagery/")
    assert "http://127.0.0.1/imagery/stac/search" in hrefs(body)


def test_site_believes_nobody_else_of_its_path(settings):
    settings.PROXIES = 0
    _, _, body = ask("/stac/", HTTP_X_FORWARDED_PREFIX="/imagery")
    assert "http://127.0.0.1/stac/search" in hrefs(body)


def test_pages_below_a_path_name_what_they_load_below_it(settings):
    settings.SCRIPT_NAME = "/geodata"
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "geodata.addresses.StaticStorage"}}
    status, _, body = ask("/geodata/explore/")
    text = body.decode()
    assert status == 200
    assert 'data-base="/geodata"' in text
    assert 'src="/geodata/static/frontend/theme.js"' in text
    for attribute in ('href="/', 'src="/', 'action="/'):
        assert text.count(attribute) == text.count(f"{attribute}geodata/"), attribute


def test_stac_answers_without_a_slash_at_its_end():
    status, _, body = ask("/stac")
    assert status == 200
    assert orjson.loads(body)["type"] == "Catalog"


def test_redirect_to_a_final_slash_is_a_whole_address():
    status, headers, _ = ask("/api/collections")
    assert status == 301
    assert headers["Location"] == "http://127.0.0.1/api/collections/"


@pytest.mark.parametrize(("text", "prefix"), [("", ""), ("/", ""), ("a", "/a"), (" /a/b/ ", "/a/b")])
def test_read_prefix_has_a_slash_before_it_only(text, prefix):
    assert read_prefix(text) == prefix
