from datetime import UTC, datetime

import pytest

from catalog.errors import InvalidInput, SourceUnreachable
from catalog.models import IngestSource
from catalog.services.ingest.imagery import admit_remote_file
from catalog.services.ingest.jobs import cancel_job, create_job
from catalog.services.ingest.prefixes import expand_prefix
from catalog.services.ingest.sources import claim_source
from catalog.services.ingest.specs import SourceSpec

Kind = IngestSource.Kind


@pytest.fixture
def prefix(user, collection, bucket):
    """Claim a source that lists what lies under `s3://imagery/2024/`."""
    for key in ("a.tif", "b c.tif", "d#1?.tif", "e%20f.tif", "a.tif.ovr", "note.txt", "none.tif/"):
        bucket.put_object(Bucket="imagery", Key=f"2024/{key}", Body=b"x")
    create_job(user=user, collection_id=collection.pk, sources=[SourceSpec(prefix="s3://imagery/2024/")])
    return claim_source(IngestSource.objects.get().pk)


def test_expand_prefix_twice_makes_each_source_once(prefix):
    assert [expand_prefix(prefix), expand_prefix(prefix)] == [4, 4]
    names = [source.name for source in IngestSource.objects.filter(parent=prefix)]
    assert names == ["a.tif", "b c.tif", "d#1?.tif", "e%20f.tif"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"exclude": ("b*", "2024/none", "e%20f.tif")}, ["a.tif", "d#1?.tif"]),
        ({"include": "*#*.tif", "exclude": ("a*",)}, ["d#1?.tif"]),
        ({"since": datetime(2020, 1, 1, tzinfo=UTC)}, ["a.tif", "b c.tif", "d#1?.tif", "e%20f.tif"]),
    ],
)
def test_expand_prefix_leaves_out_what_is_not_wanted(prefix, user, wanted, found):
    spec = SourceSpec(prefix="s3://imagery/2024/", **wanted)
    job = create_job(user=user, collection_id=prefix.job.collection_id, sources=[spec])
    source = claim_source(IngestSource.objects.get(job=job).pk)
    expand_prefix(source)
    assert [child.name for child in IngestSource.objects.filter(parent=source)] == found


def test_expand_prefix_of_nothing_newer_says_so(prefix):
    prefix.details = {"since": "2100-01-01T00:00:00+00:00"}
    with pytest.raises(SourceUnreachable, match="newer than 2100-01-01"):
        expand_prefix(prefix)


def test_create_job_one_prefix_in_two_ways_is_refused(user, collection):
    ways = [SourceSpec(prefix="s3://imagery/2024/", exclude=exclude) for exclude in ((), ("*_browse.tif",))]
    with pytest.raises(InvalidInput, match="named twice"):
        create_job(user=user, collection_id=collection.pk, sources=ways)
    assert create_job(user=user, collection_id=collection.pk, sources=ways[:1] * 2).sources.count() == 1


def test_expand_prefix_makes_sources_that_are_found(prefix):
    expand_prefix(prefix)
    for child in IngestSource.objects.filter(parent=prefix):
        assert admit_remote_file(child).name == child.name


def test_expand_prefix_of_a_cancelled_job_queues_nothing(prefix, user):
    cancel_job(user=user, job_id=prefix.job_id)
    expand_prefix(prefix)
    assert not IngestSource.objects.filter(state=IngestSource.State.QUEUED).exists()
