import base64
import io
import json

import pytest
from rest_framework.test import APIClient

from tests.catalog.factories import CollectionFactory, MembershipFactory


def _cursor(text):
    return base64.b64encode(text.encode()).decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/api/collections/a%00b/",
        "/api/collections/a%00b/members/",
        "/tiles/a%00b/i/data/tilejson.json",
        "/tiles/a/i%00/data/tilejson.json",
        "/api/collections/" + "x" * 5000 + "/",
        "/api/collections/a%2Fb/",
        "/api/collections/%ED%A0%80/",
    ],
)
def test_get_of_an_impossible_id_is_not_found(path):
    assert APIClient().get(path).status_code == 404


@pytest.mark.parametrize("cursor", ["p=abc", "p=a%00b", "p=2024", "p=2024-05-01", "o=x", "r=1", "p=" + "9" * 40])
@pytest.mark.parametrize("route", ["api/ingests", "api/collections", "api/tokens", "tiles/searches"])
def test_list_with_an_odd_cursor_is_no_failure_of_ours(api, collection, route, cursor):
    api.post("/api/ingests/", {"collection": collection.pk, "sources": [{"href": "https://example.org/a.tif"}]})
    answer = api.get(f"/{route}/?cursor={_cursor(cursor)}")
    assert answer.status_code in {200, 404}
    assert "code" in answer.json() or "results" in answer.json()


@pytest.mark.parametrize(
    "changes",
    [
        {"keywords": ["a\0b"]},
        {"keywords": "text"},
        {"keywords": {"a": 1}},
        {"keywords": [1, {}]},
        {"keywords": ["\ud800"]},
        {"title": "a\0b"},
        {"title": "\ud800"},
        {"id": "a\0b"},
        {"id": "\ud800"},
        {"id": {}},
        {"extra": {}, "visibility": []},
    ],
)
def test_post_collection_with_odd_members_refuses(api, changes):
    body = json.dumps({"id": "new", **changes})
    answer = api.generic("POST", "/api/collections/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize("item_id", ["a/b", "..", "a\\b", "a\nb", "a\0b", "\ud800", "x" * 201])
def test_post_ingest_with_an_id_that_fits_in_no_path_refuses(api, collection, item_id):
    sources = [{"href": "https://example.org/a.tif"}]
    body = json.dumps({"collection": collection.pk, "sources": sources, "options": {"item_id": item_id}})
    answer = api.generic("POST", "/api/ingests/", body, content_type="application/json")
    assert answer.status_code == 400
    assert "item_id" in answer.json()["description"]


def test_post_ingest_with_a_location_of_too_many_bytes_refuses(api, collection):
    href = "s3://imagery/" + "\U0001f6f0" * 1000
    answer = api.post("/api/ingests/", {"collection": collection.pk, "sources": [{"href": href}]}, format="json")
    assert answer.status_code == 400
    assert "2,048 bytes" in answer.json()["description"]


def test_post_of_deeply_nested_json_refuses(api):
    body = b"[" * 100_000 + b"]" * 100_000
    answer = api.generic("POST", "/api/ingests/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_post_of_json_over_the_limit_is_too_large(api, settings):
    settings.API_MAX_BODY_BYTES = 1000
    answer = api.post("/api/ingests/", {"collection": "x" * 1000}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_post_form_over_the_limit_is_refused_before_it_is_read(api, settings, monkeypatch):
    monkeypatch.setattr("django.http.multipartparser.MultiPartParser.parse", lambda _: pytest.fail("The form was read"))
    settings.UPLOAD_MAX_BYTES = 1000
    part = io.BytesIO(bytes(200_000))
    part.name = "a.tif"
    answer = api.post("/api/files/", {"file": part}, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_post_file_without_a_length_refuses(api):
    answer = api.generic("POST", "/api/files/?name=a.tif", b"", HTTP_TRANSFER_ENCODING="chunked")
    assert (answer.status_code, answer.json()["code"]) == (400, "length_required")


@pytest.mark.parametrize("pk", ["9" * 30, "0"])
def test_delete_token_of_an_impossible_number_is_not_found(api, pk):
    assert api.delete(f"/api/tokens/{pk}/").status_code == 404


def test_patch_visibility_is_for_owners(api, user):
    editor = MembershipFactory(user=user, role="editor", collection=CollectionFactory(visibility="private")).collection
    url = f"/api/collections/{editor.pk}/"
    assert api.patch(url, {"visibility": "public"}, format="json").status_code == 403
    assert api.patch(url, {"title": "New", "visibility": "private"}, format="json").status_code == 200


def test_patch_collection_tells_when(api, collection):
    before = api.get("/api/collections/scenes/").json()["updated"]
    assert api.patch("/api/collections/scenes/", {"title": "New"}, format="json").json()["updated"] > before
    assert collection.pk == "scenes"


@pytest.mark.django_db
def test_docs_page_runs_no_inline_script():
    page = APIClient().get("/api/docs/")
    assert page.status_code == 200
    assert b"<script>" not in page.content
