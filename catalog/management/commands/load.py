"""`manage.py load FILE…`: STAC collections and items from files, straight into the database."""

import argparse
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from catalog.documents.mending import MENDING_RINGS, Handling
from catalog.documents.reading import read_documents
from catalog.errors import CatalogError
from catalog.services.items.loading import Loader
from catalog.services.items.showing import Showing


class Command(BaseCommand):
    help = "Load STAC collections and items from .ndjson(.gz), .json or .parquet files. Old versions are migrated."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--collection", default="", help="id of the collection of items that name none")
        parser.add_argument(
            "--create-collections", action="store_true", help="make the collections that items name and are not there"
        )
        parser.add_argument("--strict", action="store_true", help="refuse what is not quite valid; mend nothing")
        parser.add_argument(
            "--visible", action="store_true", help="show the imagery that items name, where the site may read it"
        )
        parser.add_argument("--owner", default="", help="user who owns the collections that are made")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        owner = User.objects.filter(username=options["owner"]).first() if options["owner"] else None
        if options["owner"] and owner is None:
            raise CommandError(f"There is no user {options['owner']!r}.")
        loader = Loader(
            owner=owner,
            default_collection=options["collection"],
            creates=options["create_collections"],
            handling=Handling(is_strict=True) if options["strict"] else MENDING_RINGS,
            showing=Showing(owner) if options["visible"] else None,
        )
        for path in options["files"]:
            try:
                self._load(loader, path)
            except (CatalogError, OSError) as error:
                raise CommandError(f"{path}: {error}") from None
        report = loader.report
        self.stdout.write(
            f"{report.collections} collections; items: {report.created} new, {report.updated} changed, "
            f"{report.unchanged} as they were; {report.refused} documents refused"
        )
        if report.refused:
            raise CommandError(f"{report.refused} documents were not loaded.", returncode=2)

    def _load(self, loader: Loader, path: Path) -> None:
        size = path.stat().st_size
        with tqdm(total=size, desc=path.name, unit="B", unit_scale=True, file=self.stderr) as bar:
            for remark in loader.load(read_documents(path, progress=lambda position: bar.update(position - bar.n))):
                bar.clear()
                self.stderr.write(f"{remark.document_id}: {remark.description} ({remark.code})")
