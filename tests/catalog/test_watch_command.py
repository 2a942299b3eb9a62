"""`manage.py watch`: watches made, listed and crawled from the command line."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from catalog.models import Crawl, Watch

PLACE = "s3://imagery/2024/"


@pytest.fixture(autouse=True)
def _broker_away(monkeypatch):
    monkeypatch.setattr("catalog.services.ingest.jobs._send", lambda *_: None)


@pytest.fixture
def run(collection, user, capsys):
    """Run the command as a shell does, and return what it printed."""

    def call(*words: str) -> str:
        call_command("watch", *words)
        return capsys.readouterr().out.strip()

    call.owner = ("--collection", collection.pk, "--user", user.username)
    return call


def test_watch_is_created_listed_and_crawled(run, bucket):
    chosen = ("--include", "*.tif", "--exclude", "old/*", "--delete", "remove", "--since", "2020-01-01T00:00:00Z")
    made = run("create", PLACE, *run.owner, *chosen, "--interval", "3600")
    watch = Watch.objects.get(pk=made)
    assert (watch.include, watch.exclude, watch.delete_mode, watch.interval) == (["*.tif"], ["old/*"], "remove", 3600)
    assert (watch.since.isoformat(), watch.next_crawl is None) == ("2020-01-01T00:00:00+00:00", False)
    assert run("list").startswith(f"{made}  {PLACE} into scenes  running: 0 listed")
    with pytest.raises(CommandError, match="crawl_running"):
        run("crawl", made)
    watch.crawls.all().delete()
    for key in ("2024/a.tif", "2024/old/b.tif"):
        bucket.put_object(Bucket="imagery", Key=key, Body=b"x")
    told = run("crawl", made)
    job = Crawl.objects.get(watch=watch).job_id
    assert told == f"finished: 2 listed, 1 skipped, 0 unchanged, 1 new, 0 changed, 0 gone; ingest {job}"
    assert run("list", "--collection", "other") == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--interval", "5"), "interval: .*60"),
        (("--since", "yesterday"), "since: "),
        (("--include", "x" * 300), "include: .*256"),
    ],
)
def test_watch_of_bad_values_is_not_made(run, words, message):
    with pytest.raises(CommandError, match=message):
        run("create", PLACE, *run.owner, *words)
    assert not Watch.objects.exists()


def test_watch_asks_who_may_and_where(run, collection, settings):
    settings.INGEST_BUCKETS = ["imagery"]
    User.objects.create_user("stranger")
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        run("create", PLACE, "--collection", collection.pk, "--user", "nobody")
    with pytest.raises(CommandError, match=r"\((not_allowed|collection_not_found)\)$"):
        run("create", PLACE, "--collection", collection.pk, "--user", "stranger")
    with pytest.raises(CommandError, match="not one of those read here"):
        run("create", "s3://elsewhere/", *run.owner)
    with pytest.raises(CommandError, match="There is no watch 'x'"):
        run("crawl", "x")


def test_crawl_that_fails_tells_why(run, bucket, monkeypatch):
    del bucket
    made = run("create", PLACE, *run.owner)
    Crawl.objects.all().delete()
    monkeypatch.setattr("catalog.services.watches.crawling.list_pages", lambda *_, **__: 1 / 0)
    with pytest.raises(CommandError, match=r"ZeroDivisionError.*internal_error"):
        run("crawl", made)
