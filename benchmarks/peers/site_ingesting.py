"""Ingest URLs by the workers of a site, in the checkout that is the working folder: ``prepare`` it, or ``ingest``.

``ingest`` reads URLs from standard input, one a line, posts them as one job, and prints the seconds until its end.
"""

import json
import sys
import time

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402

from catalog.models import Collection, IngestSource, Membership  # noqa: E402
from catalog.services.ingest.jobs import create_job  # noqa: E402
from catalog.services.ingest.specs import SourceSpec  # noqa: E402

COLLECTION = "bench"


def prepare() -> None:
    """Make an empty site with one collection."""
    call_command("migrate", interactive=False, verbosity=0)
    user = User.objects.create_superuser("bench", password=None)
    collection = Collection.objects.create(pk=COLLECTION, title="Benchmark", visibility="public")
    Membership.objects.create(collection=collection, user=user, role=Membership.Role.OWNER)


def ingest() -> None:
    """Post one job, and wait for its end."""
    user = User.objects.get(username="bench")
    specs = [SourceSpec(href=url) for url in sys.stdin.read().split()]
    start = time.perf_counter()
    job = create_job(user=user, collection_id=COLLECTION, sources=specs)
    while job.finished is None:
        time.sleep(0.1)
        job.refresh_from_db()
    seconds = time.perf_counter() - start
    done = IngestSource.objects.filter(job=job, state="succeeded").count()
    print(json.dumps({"seconds": seconds, "succeeded": done, "asked": len(specs)}))


if __name__ == "__main__":
    {"prepare": prepare, "ingest": ingest}[sys.argv[1]]()
