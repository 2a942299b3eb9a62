"""Measure crawls of a bucket of many keys: rate, memory, a kill in the middle, and what an unchanged one costs.

    python -m benchmarks.crawl --keys 1000000

The bucket is simulated: a server of its own answers listings, of keys that exist nowhere. Nothing is ingested; the
sources that a crawl finds stay in the queue.
"""

import argparse
import hashlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PAGE = 1000
TIME = "2026-01-01T00:00:00.000Z"


class Bucket(BaseHTTPRequestHandler):
    """Answers ListObjectsV2 of `keys` keys; a part of them, once a flag is there, has other ETags."""

    protocol_version = "HTTP/1.1"
    keys = 0

    def do_GET(self) -> None:
        """Answer a page of the listing."""
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        after = query.get("start-after", [""])[0]
        first = int(after[4:11]) + 1 if after else 0
        every = int(os.environ.get("CHANGED_EVERY", "0"))
        flag = Path(os.environ["CHANGED_FLAG"])
        is_changed = flag.exists()
        rows = "".join(
            f"<Contents><Key>all/{number:07}.tif</Key><LastModified>{TIME}</LastModified>"
            f"<ETag>&quot;{etag(number, is_changed=is_changed and every > 0 and number % every == 0)}&quot;</ETag>"
            "<Size>1048576</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for number in range(first, min(first + PAGE, self.keys))
        )
        more = "true" if first + PAGE < self.keys else "false"
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>many</Name><IsTruncated>{more}</IsTruncated>{rows}</ListBucketResult>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def etag(number: int, *, is_changed: bool) -> str:
    """Return what stands for the content of a key."""
    return hashlib.md5(f"{number}{is_changed}".encode(), usedforsecurity=False).hexdigest()


def serve(port: int, keys: int) -> None:
    """Be the bucket."""
    Bucket.keys = keys
    ThreadingHTTPServer(("127.0.0.1", port), Bucket).serve_forever()


def crawl() -> None:
    """Crawl the watch once, or go on with the crawl that is there, and print how it went."""
    import django  # noqa: PLC0415  Only this process is the site.

    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from catalog.models import Collection, Crawl, IngestSource, Membership, Watch, WatchedFile  # noqa: PLC0415
    from catalog.services.ingest import jobs  # noqa: PLC0415
    from catalog.services.watches.crawling import process_crawl, start_crawl  # noqa: PLC0415

    jobs.__dict__["_send"] = lambda *_: None
    user, _ = User.objects.get_or_create(username="somebody")
    collection, _ = Collection.objects.get_or_create(id="many")
    Membership.objects.get_or_create(collection=collection, user=user, role="owner")
    watch, _ = Watch.objects.get_or_create(collection=collection, owner=user, href="s3://many/all/")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Crawl.objects.filter(finished__isnull=True).update(lease_expires=timezone.now())
    found = Crawl.objects.filter(finished__isnull=True).first() or start_crawl(watch)
    assert found is not None
    listed, began, cpu = found.listed, time.monotonic(), time.process_time()
    print("goes on from", listed, flush=True)
    while found.finished is None:
        process_crawl(found.pk)
        found.refresh_from_db()
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{found.state} {found.error_code}: {found.listed - listed:,} keys in {seconds:.0f} s "
        f"({(found.listed - listed) / seconds:,.0f}/s; {cpu:.0f} s of CPU), {found.pages} pages; new {found.new:,}, "
        f"changed {found.changed:,}, gone {found.gone:,}, unchanged {found.unchanged:,}; "
        f"memory {before:.0f} MiB before, {after:.0f} MiB at most; "
        f"sources of its ingest {found.job.sources.count() if found.job else 0:,} "
        f"of {IngestSource.objects.count():,}; files remembered {WatchedFile.objects.count():,}",
        flush=True,
    )


def main() -> None:
    """Run the bucket and the crawls, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--port", type=int, default=8790)
    parser.add_argument("--role", choices=["bucket", "crawl"])
    given = parser.parse_args()
    if given.role == "bucket":
        serve(given.port, given.keys)
    elif given.role == "crawl":
        crawl()
    else:
        measure(keys=given.keys, port=given.port)


def measure(*, keys: int, port: int) -> None:
    """Crawl once with a kill in the middle, again with nothing changed, and with one key of a hundred changed."""
    with tempfile.TemporaryDirectory(prefix="geodata-crawl-") as folder:
        flag = f"{folder}/changed"
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "geodata.settings.testing",
            "GEODATA_TESTING_DIR": folder,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "us-east-1",
            "CHANGED_EVERY": "100",
            "CHANGED_FLAG": flag,
        }
        command = [sys.executable, "-m", "benchmarks.crawl", "--keys", str(keys), "--port", str(port), "--role"]
        # In a process of its own: the migrations' memory is none of a crawl's.
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], env=environment, check=True)
        bucket = subprocess.Popen([*command, "bucket"], env=environment)
        try:
            time.sleep(1.0)
            first = subprocess.Popen([*command, "crawl"], env=environment, stdout=subprocess.PIPE, text=True)
            assert first.stdout is not None
            print("first:", first.stdout.readline().strip(), flush=True)
            time.sleep(keys / 20_000)
            os.kill(first.pid, signal.SIGKILL)
            first.wait()
            print("killed; ", end="", flush=True)
            subprocess.run([*command, "crawl"], env=environment, check=True)
            print("unchanged: ", end="", flush=True)
            subprocess.run([*command, "crawl"], env=environment, check=True)
            Path(flag).touch()
            print("one of a hundred changed: ", end="", flush=True)
            subprocess.run([*command, "crawl"], env=environment, check=True)
        finally:
            bucket.kill()
            bucket.wait()


if __name__ == "__main__":
    main()
