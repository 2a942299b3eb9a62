"""Whose file is next: nobody's waits for all of another's, and none is forgotten."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from catalog.models import IngestSource
from catalog.services.ingest.sources import fair_source, process_source
from tests.catalog.factories import IngestJobFactory, IngestSourceFactory

pytestmark = pytest.mark.django_db
State = IngestSource.State


def sources(count: int, **members: object) -> list[IngestSource]:
    """Make sources of somebody of their own, sent to the broker."""
    job = IngestJobFactory()
    return [IngestSourceFactory(job=job, dispatched=timezone.now(), **members) for _ in range(count)]


def run(source: IngestSource, *, seconds: float = 30) -> None:
    source.state, source.lease_token = State.RUNNING, uuid.uuid4()
    source.lease_expires = timezone.now() + timedelta(seconds=seconds)
    source.save()


def test_one_owners_sources_are_taken_as_they_come():
    first, second = sources(2)
    assert fair_source(first.pk) == first.pk
    run(first)
    assert fair_source(second.pk) == second.pk


def test_owner_with_fewer_in_work_goes_first_and_the_other_is_not_forgotten():
    large, small = sources(10), sources(1)
    assert fair_source(large[0].pk) == large[0].pk
    run(large[0])
    assert fair_source(large[1].pk) == small[0].pk
    run(small[0])
    assert fair_source(large[1].pk) == large[1].pk
    # Its own message comes while it is read, or later: it brings what stepped back.
    assert fair_source(small[0].pk) == large[1].pk
    small[0].state = State.SUCCEEDED
    small[0].save()
    assert fair_source(small[0].pk) == large[1].pk


def test_lost_source_is_taken_by_its_own_message():
    (lost,), _ = sources(1), sources(1)
    run(lost, seconds=-1)
    assert fair_source(lost.pk) == lost.pk


def test_source_that_was_not_sent_is_nobodys_message():
    large = sources(2)
    run(large[0])
    IngestSourceFactory(dispatched=None)
    assert fair_source(large[1].pk) == large[1].pk


def test_nobody_has_files_in_all_processes(settings, monkeypatch):
    settings.INGEST_PROCESSES = 3
    large = sources(4)
    run(large[0])
    assert fair_source(large[1].pk) == large[1].pk
    run(large[1])
    # The last process waits for somebody else's, and has them once they come.
    assert fair_source(large[2].pk) is None
    (small,) = sources(1)
    assert fair_source(large[2].pk) == small.pk
    run(small)
    sent: list[int] = []
    monkeypatch.setattr("catalog.services.ingest.sources.TURN_SECONDS", 0.01)
    monkeypatch.setattr("catalog.services.ingest.sources.send_source", sent.append)
    process_source(large[2].pk)
    assert sent == [large[2].pk]
    large[0].state = State.SUCCEEDED
    large[0].save()
    assert fair_source(large[2].pk) == large[2].pk


def test_site_of_one_process_reads_one_file_after_the_other(settings):
    settings.INGEST_PROCESSES = 1
    (only,) = sources(1)
    assert fair_source(only.pk) == only.pk
