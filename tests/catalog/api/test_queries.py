import pytest

from tests.catalog.factories import IngestJobFactory, IngestSourceFactory, ItemFactory


def _make_jobs(user, collection, count):
    for _ in range(count):
        job = IngestJobFactory(owner=user, collection=collection)
        IngestSourceFactory.create_batch(2, job=job)
        IngestSourceFactory(job=job, state="succeeded", item=ItemFactory(collection=collection))


@pytest.mark.parametrize("count", [1, 5])
def test_list_ingests_asks_as_often_for_many_as_for_one(api, user, collection, django_assert_max_num_queries, count):
    _make_jobs(user, collection, count)
    with django_assert_max_num_queries(2):
        jobs = api.get("/api/ingests/").json()["results"]
    assert [(job["counts"]["queued"], job["counts"]["succeeded"]) for job in jobs] == [(2, 1)] * count


def test_list_sources_reads_no_documents(api, user, collection, django_assert_num_queries):
    _make_jobs(user, collection, 1)
    job = api.get("/api/ingests/").json()["results"][0]
    with django_assert_num_queries(2) as queries:
        sources = api.get(job["links"]["sources"]).json()["results"]
    assert [source["item"] is None for source in sources] == [True, True, False]
    assert not any("geometry" in query["sql"] or '"assets"' in query["sql"] for query in queries.captured_queries)
