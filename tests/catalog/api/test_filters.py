"""Parameters that narrow the native API's lists."""

from datetime import UTC, datetime

import pytest

from catalog.models import Collection, IngestJob
from tests.catalog.factories import CollectionFactory, IngestJobFactory, IngestSourceFactory, MembershipFactory

LATE = datetime(2024, 6, 1, tzinfo=UTC)
ENDS = {"finished": LATE, "cancelled": LATE}


@pytest.fixture
def jobs(user, collection):
    """Return a running job of `scenes`, a finished one, and one of another collection that was cancelled."""
    other = MembershipFactory(user=user, collection=CollectionFactory(id="other")).collection
    made = []
    for day, of, ends in ((1, collection, {}), (2, collection, {"finished": LATE}), (3, other, ENDS)):
        job = IngestJobFactory(owner=user, collection=of)
        IngestJob.objects.filter(pk=job.pk).update(created=datetime(2024, 5, day, tzinfo=UTC), **ends)
        made.append(str(job.pk))
    return made


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [2, 1, 0]),
        ("state=running", [0]),
        ("state=finished", [1]),
        ("state=cancelled", [2]),
        ("collection=scenes", [1, 0]),
        ("collection=nothing", []),
        ("created_after=2024-05-02T00:00:00Z", [2, 1]),
        ("created_before=2024-05-02T00:00:00Z", [0]),
        ("created_after=2024-05-02T02:00:00%2B02:00&created_before=2024-05-03T00:00:00Z", [1]),
        ("collection=scenes&state=finished&limit=1", [1]),
    ],
)
def test_list_of_ingests_is_narrowed(api, jobs, query, numbers):
    assert [each["id"] for each in api.get(f"/api/ingests/?{query}").json()["results"]] == [jobs[n] for n in numbers]


def test_list_of_sources_is_narrowed_by_kind_and_error(api, user, collection):
    job = IngestJobFactory(owner=user, collection=collection)
    failed = IngestSourceFactory(job=job, state="failed", error_code="truncated")
    prefix = IngestSourceFactory(job=job, kind="prefix")
    path = f"/api/ingests/{job.pk}/sources/"
    assert [each["id"] for each in api.get(f"{path}?error=truncated").json()["results"]] == [failed.pk]
    assert [each["id"] for each in api.get(f"{path}?kind=prefix").json()["results"]] == [prefix.pk]
    assert api.get(f"{path}?kind=prefix&state=failed").json()["results"] == []


def test_list_of_collections_is_narrowed(api, collection):
    CollectionFactory(id="b", title="Sentinel-2 over Berlin", license="CC-BY-4.0", visibility="internal")
    Collection.objects.filter(pk=collection.pk).update(updated=datetime(2020, 1, 1, tzinfo=UTC))
    for query in ("title=sentinel", "license=CC-BY-4.0", "visibility=internal", "updated_after=2024-01-01T00:00:00Z"):
        assert [each["id"] for each in api.get(f"/api/collections/?{query}").json()["results"]] == ["b"], query


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("ingests/?state=lost", "state: 'lost' is none of running, finished, cancelled."),
        ("ingests/?state=", "state: is empty; give a value, or leave it out."),
        ("ingests/?created_after=2024-05-01", "created_after: '2024-05-01' is not an RFC 3339 date-time such as"),
        ("ingests/?collection=a%00b", "collection: Null characters are not allowed."),
        ("collections/?visibility=secret", "visibility: 'secret' is none of public, internal, private."),
        ("collections/?updated_after=2024-13-01T00:00:00Z", "updated_after: '2024-13-01T00:00:00Z' is no moment of"),
    ],
)
def test_filter_with_a_bad_value_is_refused_by_its_name(api, query, sentence):
    answer = api.get(f"/api/{query}")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid_input"
    assert answer.json()["description"].startswith(sentence)


def test_sources_of_an_unknown_state_are_refused_as_ever(api, user, collection):
    job = IngestJobFactory(owner=user, collection=collection)
    answer = api.get(f"/api/ingests/{job.pk}/sources/?state=lost")
    states = "queued, running, succeeded, failed, cancelled"
    assert answer.json()["description"] == f"state: 'lost' is none of {states}."
