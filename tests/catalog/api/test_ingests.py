import uuid

import pytest
from rest_framework.test import APIClient

from catalog.models import IngestJob, IngestSource
from catalog.services.ingest.sources import claim_source, fail_source
from tests.catalog.factories import CollectionFactory, IngestJobFactory, IngestSourceFactory, MembershipFactory

HREF = "https://example.org/a.tif"


@pytest.fixture
def post(api, collection):
    def post(sources, **body):
        return api.post("/api/ingests/", {"collection": collection.pk, "sources": sources, **body}, format="json")

    return post


def test_post_ingest_is_accepted_with_its_location(post, api):
    answer = post([{"href": HREF}, {"prefix": "s3://imagery/2024/", "include": "*.tif"}])
    assert answer.status_code == 202
    body = answer.json()
    assert answer["Location"] == body["links"]["self"]
    assert body["counts"] == {"queued": 2, "running": 0, "succeeded": 0, "failed": 0, "cancelled": 0}
    assert (body["state"], body["total"], body["progress"]) == ("running", 2, 0)
    assert api.get(answer["Location"]).json() == body


@pytest.mark.parametrize(
    ("prefix", "folder", "include"),
    [
        ("s3://imagery/2024/*.tif", "s3://imagery/2024/", "*.tif"),
        ("s3://imagery/**/*_B0?.jp2", "s3://imagery/", "*_B0?.jp2"),
        ("s3://imagery/2024/S2*/B04.tif", "s3://imagery/2024/", "S2*/B04.tif"),
        ("s3://imagery/[old]/", "s3://imagery/[old]/", ""),
        ("s3://imagery/scene", "s3://imagery/scene", ""),
    ],
)
def test_post_ingest_takes_a_pattern_at_the_end_of_a_prefix(post, prefix, folder, include):
    assert post([{"prefix": prefix}]).status_code == 202
    assert IngestSource.objects.values_list("href", "include").get() == (folder, include)


def test_post_ingest_same_source_twice_is_one(post):
    assert post([{"href": HREF}, {"href": HREF}]).json()["total"] == 1


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ([], "sources"),
        ("https://example.org/a.tif", "sources"),
        ([{}], "sources.0"),
        ([{"href": HREF, "file": str(uuid.uuid4())}], "exactly one"),
        ([{"href": HREF, "include": "*"}], "include goes with prefix"),
        ([{"href": HREF, "exclude": ["*"]}], "exclude goes with prefix"),
        ([{"href": HREF, "since": "2024-01-01T00:00:00Z"}], "since goes with prefix"),
        ([{"prefix": "s3://imagery/2024/", "since": "yesterday"}], "since"),
        ([{"prefix": "s3://imagery/2024/", "exclude": ["*"] * 51}], "exclude"),
        ([{"url": HREF}], "'url' is not a member"),
        ([{"href": HREF}, {"href": ""}], "sources.1.href"),
        ([{"href": "x" * 3000}], "2,048"),
        ([{"href": 5.5, "prefix": []}], "sources.0"),
        (["text"], "sources.0"),
        ([{"file": "no-uuid"}], "sources.0.file"),
        ([{"file": str(uuid.uuid4())}], "no uploaded file"),
    ],
)
def test_post_ingest_with_bad_sources_says_which(post, sources, said):
    answer = post(sources)
    assert answer.status_code == 400
    assert answer.json()["code"] in {"invalid_input", "file_not_found"}
    assert said in answer.json()["description"]
    assert not IngestJob.objects.exists()


def test_post_ingest_with_too_many_sources_refuses(post, settings):
    settings.INGEST_MAX_SOURCES = 2
    answer = post([{"href": f"https://example.org/{n}.tif"} for n in range(3)])
    assert answer.status_code == 400
    assert "2 at once" in answer.json()["description"]


def test_post_ingest_item_id_of_many_refuses(post):
    answer = post([{"href": HREF}, {"href": HREF + "f"}], options={"item_id": "x"})
    assert answer.status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe"])
def test_post_ingest_with_malformed_json_refuses(api, body):
    answer = api.generic("POST", "/api/ingests/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"]


def test_post_ingest_into_no_collection_is_not_found(api):
    answer = api.post("/api/ingests/", {"collection": "none", "sources": [{"href": HREF}]}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (404, "collection_not_found")


@pytest.mark.django_db
def test_post_ingest_without_signing_in_is_unauthorized():
    collection = CollectionFactory()
    answer = APIClient().post(
        "/api/ingests/", {"collection": collection.pk, "sources": [{"href": HREF}]}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_post_ingest_by_a_viewer_is_forbidden(api, user):
    collection = MembershipFactory(user=user, role="viewer").collection
    answer = api.post("/api/ingests/", {"collection": collection.pk, "sources": [{"href": HREF}]}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_ingest_sources_tell_what_went_wrong(post, api):
    job = post([{"href": HREF}]).json()
    fail_source(claim_source(IngestSource.objects.get().pk), code="truncated", description="It ends too early.")
    page = api.get(job["links"]["sources"] + "?state=failed").json()
    assert page["next"] is None
    (source,) = page["results"]
    assert source["name"] == "a.tif"
    assert source["error"] == {"code": "truncated", "description": "It ends too early."}
    assert api.get(job["links"]["sources"] + "?state=succeeded").json()["results"] == []
    assert api.get(job["links"]["sources"] + "?state=lost").status_code == 400


def test_ingest_sources_pages_have_all(post, api):
    job = post([{"href": f"https://example.org/{n}.tif"} for n in range(7)]).json()
    names, url = [], job["links"]["sources"] + "?limit=3"
    while url:
        page = api.get(url).json()
        names += [source["name"] for source in page["results"]]
        url = page["next"]
    assert names == [f"{n}.tif" for n in range(7)]


def test_retry_ingest_queues_failed_ones_again(post, api):
    job = post([{"href": HREF}]).json()
    fail_source(claim_source(IngestSource.objects.get().pk), code="truncated", description="It ends too early.")
    assert api.get(job["links"]["self"]).json()["state"] == "finished"
    answer = api.post(job["links"]["retry"])
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["counts"]["queued"]) == ("running", 1)
    assert IngestSource.objects.get().error_code == ""


def test_retry_ingest_of_one_source_leaves_the_others(post, api):
    job = post([{"href": f"https://example.org/{name}.tif"} for name in "ab"]).json()
    for source in IngestSource.objects.all():
        fail_source(claim_source(source.pk), code="truncated", description="It ends too early.")
    second = IngestSource.objects.order_by("pk")[1]
    answer = api.post(job["links"]["retry"], {"sources": [second.pk]}, format="json")
    assert (answer.status_code, answer.json()["counts"]["failed"], answer.json()["counts"]["queued"]) == (202, 1, 1)
    assert IngestSource.objects.get(state="queued") == second
    for wrong in ({"sources": []}, {"sources": ["x"]}, {"sources": 7}, []):
        assert api.post(job["links"]["retry"], wrong, format="json").status_code == 400


def test_cancel_ingest_stops_what_waits(post, api):
    job = post([{"href": HREF}]).json()
    body = api.post(job["links"]["cancel"]).json()
    assert (body["state"], body["counts"]["cancelled"]) == ("cancelled", 1)
    assert api.post(job["links"]["cancel"]).status_code == 409


@pytest.mark.parametrize("route", ["", "sources/", "retry/", "cancel/"])
def test_ingest_of_others_is_not_found(api, route):
    source = IngestSourceFactory()
    send = api.post if route in {"retry/", "cancel/"} else api.get
    assert send(f"/api/ingests/{source.job_id}/{route}").status_code == 404


def test_list_ingests_has_ones_own(post, api):
    IngestJobFactory()
    job = post([{"href": HREF}]).json()
    assert [found["id"] for found in api.get("/api/ingests/").json()["results"]] == [job["id"]]
