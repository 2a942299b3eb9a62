"""`manage.py watch create|list|crawl`: what `/api/watches/` does, straight on the database."""

import argparse
import time
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from rest_framework.settings import api_settings

from catalog.api.watches import WatchSerializer
from catalog.errors import CatalogError
from catalog.models import Crawl, Watch
from catalog.services.watches.crawling import process_crawl, request_crawl
from catalog.services.watches.editing import create_watch

# Seconds between two looks at a crawl that a worker of the site goes on with.
LOOK_SECONDS = 0.5
COUNTS = ("listed", "skipped", "unchanged", "new", "changed", "gone")
OPTIONS = ("collection", "href", "include", "exclude", "since", "delete", "interval")


class Command(BaseCommand):
    help = "Watch a place, so that a collection stays true to it: make a watch, list those there are, or crawl one now."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a watch; the site's workers crawl it at once")
        create.add_argument("href", metavar="PREFIX", help="s3://bucket/folder/")
        create.add_argument("--collection", required=True, help="id of the collection that it fills")
        create.add_argument("--user", required=True, help="in whose name it ingests; an editor of the collection")
        create.add_argument("--include", action="append", metavar="GLOB", help="such as '*.tif'; all imagery without")
        create.add_argument("--exclude", action="append", metavar="GLOB", help="what is left out")
        create.add_argument("--since", metavar="TIME", help="leave out what is older, such as 2026-01-01T00:00:00Z")
        create.add_argument("--delete", choices=Watch.Delete.values, help="what becomes of items whose files are gone")
        create.add_argument("--interval", metavar="SECONDS", help="from one crawl to the next; without: when asked for")
        listing = actions.add_parser("list", help="list watches, newest first, each with its last crawl")
        listing.add_argument("--collection", help="of this collection alone")
        crawl = actions.add_parser("crawl", help="crawl a watch now, in this process; workers ingest what it finds")
        crawl.add_argument("id", metavar="ID", help="of the watch, as `list` has it")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        run = {"create": self._create, "list": self._list, "crawl": self._crawl}[options["action"]]
        try:
            run(options)
        except CatalogError as error:
            raise CommandError(f"{error} ({error.code})") from None

    def _create(self, options: dict[str, Any]) -> None:
        user = User.objects.filter(username=options["user"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        # Checked as a request's body is.
        wanted = WatchSerializer(data={name: options[name] for name in OPTIONS if options[name] is not None})
        if not wanted.is_valid():
            name, errors = next(iter(wanted.errors.items()))
            message = errors[0] if isinstance(errors, list) else next(iter(errors.values()))[0]
            raise CommandError(str(message) if name == api_settings.NON_FIELD_ERRORS_KEY else f"{name}: {message}")
        self.stdout.write(str(create_watch(user=user, **wanted.validated_data).pk))

    def _list(self, options: dict[str, Any]) -> None:
        chosen = {"collection_id": options["collection"]} if options["collection"] else {}
        for watch in Watch.objects.filter(**chosen):
            last = watch.crawls.first()
            self.stdout.write(f"{watch.pk}  {watch}  {_told(last) if last else 'never crawled'}")

    def _crawl(self, options: dict[str, Any]) -> None:
        try:
            watch = Watch.objects.filter(pk=options["id"]).first()
        except ValidationError:
            watch = None
        if watch is None:
            raise CommandError(f"There is no watch {options['id']!r}; manage.py watch list has their ids.")
        crawl = request_crawl(watch)
        while crawl.state == "running":
            process_crawl(crawl.pk)
            crawl.refresh_from_db()
            if crawl.state == "running":
                # A worker may have taken it before, and goes on with it.
                time.sleep(LOOK_SECONDS)
        self.stdout.write(_told(crawl))
        if crawl.state != "finished":
            raise CommandError(f"{crawl.error_description} ({crawl.error_code})", returncode=2)


def _told(crawl: Crawl) -> str:
    counts = ", ".join(f"{getattr(crawl, name):,} {name}" for name in COUNTS)
    return f"{crawl.state}: {counts}" + (f"; ingest {crawl.job_id}" if crawl.job_id else "")
