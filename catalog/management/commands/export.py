"""`manage.py export FILE`: what a search finds, as ndjson, GeoJSON or stac-geoparquet."""

import argparse
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict
from tqdm import tqdm

from catalog.documents.geoparquet import Documents, write_geoparquet
from catalog.errors import CatalogError
from catalog.querying.query import parse_query_string
from catalog.stac.export.formats import WRITERS, matching_documents

SEARCH = ("collections", "ids", "bbox", "intersects", "datetime", "filter", "query", "sortby", "fields")


class Command(BaseCommand):
    help = "Write the items that a search finds to a file: .ndjson, .geojson or .parquet. Without a search, all."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        for name in SEARCH:
            parser.add_argument(f"--{name}", default="", help=f"as the parameter `{name}` of /stac/search")
        parser.add_argument("--base", default="", help="the site's URL, for links; relative to the site by default")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        path: Path = options["file"]
        params = QueryDict(mutable=True)
        params.update({name: options[name] for name in SEARCH if options[name]})
        try:
            count = self._export(path, params, base=options["base"].rstrip("/"))
        except (CatalogError, OSError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{count} items in {path}")

    def _export(self, path: Path, params: QueryDict, *, base: str) -> int:
        query, everyone = parse_query_string(params), User(is_superuser=True)

        def documents() -> Documents:
            found = matching_documents(query, user=everyone, base=base)
            yield from tqdm(found, desc=path.name, unit=" items", file=self.stderr)

        kind = path.suffix.removeprefix(".")
        if kind == "parquet":
            return write_geoparquet(path, items=documents)
        if kind not in WRITERS:
            raise CommandError(f"{path.name}: the file's name ends in .{', .'.join(WRITERS)} or .parquet.")
        found = tqdm(
            matching_documents(query, user=everyone, base=base), desc=path.name, unit=" items", file=self.stderr
        )
        with path.open("wb") as file:
            file.writelines(WRITERS[kind](iter(found)))
        return int(found.n)
