from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from catalog.client import Client

PAGES = {
    "/api/ingests/1/sources/?state=failed": {"results": [1], "next": "http://inside:8000/api/ingests/1/sources/?p=2"},
    "/api/ingests/1/sources/?p=2": {"results": [2], "next": None},
}


def test_failed_sources_behind_a_proxy_follows_its_pages(monkeypatch):
    monkeypatch.setattr(Client, "_send", lambda _, _method, path: SimpleNamespace(json=lambda: PAGES[path]))
    assert list(Client("https://outside.example", token="x").failed_sources({"id": "1"})) == [1, 2]


def test_ingest_of_a_site_that_is_no_url_says_so():
    with pytest.raises(CommandError, match="could not be asked"):
        call_command("ingest", "https://example.org/a.tif", collection="c", site="no-url", token="x")
