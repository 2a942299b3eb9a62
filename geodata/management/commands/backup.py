"""`manage.py backup FOLDER`: the site's database and stored files, while it runs."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from geodata.backups import BackupFailed
from geodata.backups.making import make_backup


class Command(BaseCommand):
    help = (
        "Copy the database and stored files into a folder while the site runs. Of a folder with an earlier backup, "
        "files that are there already are not copied again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--database-only", action="store_true", help="leave files to the bucket's own copies")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        objects = make_backup(options["folder"], with_objects=not options["database_only"])
        try:
            sizes = list(tqdm(objects, unit=" files", desc="Backup", disable=None))
        except (BackupFailed, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['folder']} holds the database and {len(sizes)} files of {sum(sizes):,} bytes")
