"""`manage.py restore FOLDER`: an empty site becomes the one that was backed up."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from geodata.backups import BackupFailed
from geodata.backups.making import restore_backup


class Command(BaseCommand):
    help = "Fill an empty database and storage from a folder that `manage.py backup` wrote."
    # There are no tables yet.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        try:
            sizes = list(tqdm(restore_backup(options["folder"]), unit=" files", desc="Restore", disable=None))
        except (BackupFailed, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored the database and {len(sizes)} files of {sum(sizes):,} bytes")
        self.stdout.write("Whether both fit together: manage.py check_consistency")
