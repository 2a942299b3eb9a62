"""`manage.py check_consistency`: what doesn't fit between the database and storage."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.services.consistency import check_consistency


class Command(BaseCommand):
    help = (
        "Tell which objects in storage no file names, which files no item, which are missing, and where counts are "
        "wrong. What is younger than a day is left alone."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="delete what nothing names and count anew. Not with a database that is older than its storage: what "
            "it doesn't know yet would go",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        left = 0
        for finding in check_consistency(repairs=options["repair"]):
            left += not finding.is_repaired
            state = "repaired" if finding.is_repaired else "found"
            self.stdout.write(f"{finding.kind}\t{state}\t{finding.subject}\t{finding.description}")
        if left:
            raise CommandError(f"{left:,} findings are left.", returncode=1)
        self.stdout.write("Database and storage agree.")
