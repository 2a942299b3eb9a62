"""`manage.py ingest URL… [--stac URL] --collection ID`: what `POST /api/ingests/` does, with a progress bar."""

import argparse
import os
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError

from catalog.client import Client, ClientError, as_source, as_stac_source


class Command(BaseCommand):
    help = "Ingest URLs, s3:// prefixes (ending in /) or local files through a site's API, and wait until they are in."
    requires_system_checks: list[str] = []  # noqa: RUF012  It talks to a site; it needs no database here.

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "urls", nargs="*", metavar="URL", help="https://…, s3://bucket/key, s3://bucket/folder/ or a file"
        )
        parser.add_argument("--collection", required=True, help="id of the collection; made when it isn't there")
        parser.add_argument(
            "--site", default=os.environ.get("GEODATA_SITE", "http://127.0.0.1:8000"), help="the site's URL"
        )
        parser.add_argument(
            "--token", default=os.environ.get("GEODATA_TOKEN", ""), help="or the variable GEODATA_TOKEN"
        )
        parser.add_argument(
            *("--stac", "-s"),
            action="append",
            default=[],
            metavar="URL",
            help="a STAC item, ItemCollection, collection, catalog, or a search of an API; or a file of one",
        )
        parser.add_argument(
            "--create-collections", action="store_true", help="of STAC: make the collections that items name"
        )
        parser.add_argument("--probe", action="store_true", help="of STAC: open each asset now, not at first look")
        parser.add_argument("--include", default="", help="glob of the names that a prefix takes, such as '*.tif'")
        parser.add_argument("--exclude", action="append", metavar="GLOB", help="of what a prefix leaves out")
        parser.add_argument("--since", metavar="TIME", help="leave out of a prefix what was written before")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if not options["token"]:
            raise CommandError("Give a token with --token or GEODATA_TOKEN; manage.py create_token USER makes one.")
        if not options["urls"] and not options["stac"]:
            raise CommandError("Give a URL, a file, or --stac URL.")
        client = Client(options["site"], token=options["token"])
        chosen = {name: True for name in ("create_collections", "probe") if options[name]}
        try:
            client.ensure_collection(options["collection"])
            listed = {name: options[name] for name in ("include", "exclude", "since") if options[name]}
            sources = [as_source(client, url, listed=listed) for url in options["urls"]]
            sources += [as_stac_source(text) for text in options["stac"]]
            job = client.wait(client.ingest(options["collection"], sources, options=chosen))
        except ClientError as error:
            raise CommandError(str(error)) from None
        except requests.ConnectionError:
            raise CommandError(f"No site answers at {options['site']}; start one with: make serve") from None
        except requests.RequestException as error:
            raise CommandError(f"{options['site']} could not be asked: {error}") from None
        self._report(client, job)

    def _report(self, client: Client, job: dict[str, Any]) -> None:
        for source in client.failed_sources(job):
            self.stderr.write(f"{source['name']}: {source['error']['description']} ({source['error']['code']})")
        counts, items = job["counts"], job["items"]
        if any(items.values()):
            self.stdout.write(f"{items['written']} items in, {items['refused']} refused")
        self.stdout.write(f"{counts['succeeded']} in, {counts['failed']} failed, {counts['cancelled']} cancelled")
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} sources failed.", returncode=2)
