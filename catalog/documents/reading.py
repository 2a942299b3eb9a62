"""Files of STAC documents: ndjson, plain or gzipped, FeatureCollections, and stac-geoparquet."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from catalog.documents.geoparquet import read_geoparquet
from catalog.errors import InvalidInput

# Called with how far the file is read: bytes, of as many as it has.
Progress = Callable[[int], object]
ENDINGS = (".ndjson", ".jsonl", ".json", ".geojson")


def read_documents(path: Path, *, progress: Progress = lambda _: None) -> Iterator[object]:
    """Read the documents of a file, one after the other; a line that is not JSON comes as its text.

    Raises InvalidInput for a file of another kind.
    """
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".parquet", ".geoparquet")):
        yield from read_geoparquet(path, progress=progress)
    elif name.endswith(ENDINGS):
        yield from _read_json(path, is_lines=name.endswith((".ndjson", ".jsonl")), progress=progress)
    else:
        raise InvalidInput(f"{path.name}: not one of {', '.join(ENDINGS)} (or with .gz), .parquet.")


def _read_json(path: Path, *, is_lines: bool, progress: Progress) -> Iterator[object]:
    with path.open("rb") as raw:
        stream: IO[bytes] | gzip.GzipFile = gzip.GzipFile(fileobj=raw) if path.name.endswith(".gz") else raw
        if not is_lines:
            yield from _members(parse_line(stream.read()))
        else:
            for line in stream:
                if line.strip():
                    yield parse_line(line)
                progress(raw.tell())
        progress(raw.tell())


def _members(document: Any) -> Iterator[object]:
    """Yield the members of a FeatureCollection or of a list of collections, else the document itself."""
    if isinstance(document, dict):
        for name in ("features", "collections"):
            if isinstance(document.get(name), list):
                yield from document[name]
                return
    yield document


def parse_line(text: bytes) -> object:
    """Return the document of a JSON text; what is none comes as its text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.decode(errors="replace")
