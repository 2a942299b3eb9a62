"""A whole search as a file: read and written piece by piece, however many items match."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

import orjson
from django.contrib.auth.models import AnonymousUser, User

from catalog.documents.geoparquet import Documents, write_geoparquet
from catalog.querying.finding import matching_items
from catalog.querying.item_rows import stream_rows
from catalog.querying.query import SearchQuery
from catalog.querying.sorting import ordering, telling_of_sort
from catalog.querying.statements import read_bounded
from catalog.services.collections.renders import Renders, renders_by_collection
from catalog.stac.core.documents import Document
from catalog.stac.core.items import row_document
from catalog.stac.core.links import GEOJSON, Site

# Rows that are in memory at a time.
CHUNK_ROWS = 200
NDJSON = "application/x-ndjson"
PARQUET = "application/vnd.apache.parquet"
MEDIA_TYPES = {"ndjson": NDJSON, "geojson": GEOJSON, "parquet": PARQUET}


def matching_documents(query: SearchQuery, *, user: User | AnonymousUser, base: str) -> Documents:
    """Yield all items that match, in the order asked for; `limit` and `token` of the query don't count."""
    order, site = ordering(query.sort), Site(base)
    items = matching_items(query, user=user).annotate(**order.annotations)
    renders: dict[str, Renders | None] = {}
    rows = stream_rows(items.order_by(*(key.ordering(backward=False) for key in order.keys)), size=CHUNK_ROWS)
    read = read_bounded(rows, size=CHUNK_ROWS // 4)
    with telling_of_sort(query.sort):
        begun = next(read, None)
    for row in () if begun is None else chain((begun,), read):
        of = row.collection_id
        if of not in renders:
            renders[of] = renders_by_collection([of]).get(of)
        yield row_document(row, site=site, renders=renders[of], fields=query.fields)


def ndjson_lines(documents: Iterator[Document]) -> Iterator[bytes]:
    for document in documents:
        yield orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE, default=str)


def feature_collection(documents: Iterator[Document]) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":['
    for number, document in enumerate(documents):
        yield (b",\n" if number else b"\n") + orjson.dumps(document, default=str)
    yield b"\n]}\n"


WRITERS: dict[str, Callable[[Iterator[Document]], Iterator[bytes]]] = {
    "ndjson": ndjson_lines,
    "geojson": feature_collection,
}


def parquet_file(items: Callable[[], Documents]) -> IO[bytes]:
    """Return an open file of the items, of which nothing is left when it is closed."""
    with tempfile.TemporaryDirectory(prefix="geodata-export-") as folder:
        path = Path(folder) / "items.parquet"
        write_geoparquet(path, items=items)
        return path.open("rb")
