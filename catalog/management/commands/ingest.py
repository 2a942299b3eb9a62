"""`manage.py ingest URL… --collection ID`: what `POST /api/ingests/` does, with a progress bar."""

import argparse
import os
from typing import Any

import requests
from django.core.management.base import BaseCommand, CommandError

from catalog.client import Client, ClientError, as_source


class Command(BaseCommand):
    help = "Ingest URLs, s3:// prefixes (ending in /) or local files through a site's API, and wait until they are in."
    requires_system_checks: list[str] = []  # noqa: RUF012  It talks to a site; it needs no database here.

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "urls", nargs="+", metavar="URL", help="https://…, s3://bucket/key, s3://bucket/folder/ or a file"
        )
        parser.add_argument("--collection", required=True, help="id of the collection; made when it isn't there")
        parser.add_argument(
            "--site", default=os.environ.get("GEODATA_SITE", "http://127.0.0.1:8000"), help="the site's URL"
        )
        parser.add_argument(
            "--token", default=os.environ.get("GEODATA_TOKEN", ""), help="or the variable GEODATA_TOKEN"
        )
        parser.add_argument("--include", default="", help="glob of the names that a prefix takes, such as '*.tif'")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if not options["token"]:
            raise CommandError("Give a token with --token or GEODATA_TOKEN; manage.py create_token USER makes one.")
        client = Client(options["site"], token=options["token"])
        try:
            client.ensure_collection(options["collection"])
            sources = [as_source(client, url, include=options["include"]) for url in options["urls"]]
            job = client.wait(client.ingest(options["collection"], sources))
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
        counts = job["counts"]
        self.stdout.write(f"{counts['succeeded']} in, {counts['failed']} failed, {counts['cancelled']} cancelled")
        if counts["failed"]:
            raise CommandError(f"{counts['failed']} sources failed.", returncode=2)
