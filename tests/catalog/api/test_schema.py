"""The OpenAPI document and its pages, as the STAC landing page advertises them."""

import pytest
from rest_framework.test import APIClient

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", OPENAPI),
        (OPENAPI, OPENAPI),
        ("application/vnd.oai.openapi+json", OPENAPI),
        ("application/json", "application/json"),
        ("application/json, text/html;q=0.9, */*;q=0.1", "application/json"),
        ("text/html, */*;q=0.1", OPENAPI),
        ("application/vnd.oai.openapi", "application/vnd.oai.openapi; charset=utf-8"),
    ],
)
def test_schema_answers_the_advertised_type_unless_asked_otherwise(accept, media_type):
    answer = APIClient().get("/api/schema/", headers={"Accept": accept})

    assert answer.status_code == 200
    assert answer["Content-Type"] == media_type
    if "json" in media_type:
        assert answer.json()["openapi"].startswith("3.0")


@pytest.mark.django_db
def test_links_of_the_landing_page_answer_the_types_they_say():
    client = APIClient()
    links = {link["rel"]: link for link in client.get("/stac/").json()["links"]}

    for rel in ("service-desc", "service-doc"):
        answer = client.get(links[rel]["href"], headers={"Accept": links[rel]["type"]})
        assert answer.status_code == 200
        assert answer["Content-Type"].split("; charset")[0] == links[rel]["type"]


def test_docs_take_nothing_from_elsewhere():
    client = APIClient()
    page = client.get("/api/docs/", headers={"Accept": "text/html"})
    script = client.get("/api/docs/?script", headers={"Accept": "*/*"})

    assert b"drf_spectacular_sidecar" in page.content
    for answer in (page, script):
        assert answer.status_code == 200
        assert b"https://" not in answer.content
        assert b'src="//' not in answer.content
