"""Read arrays of Zarr, versions 2 and 3, chunk by chunk.

https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.errors import SourceCorrupt, SourceUnreachable, SourceUnreadable
from tiles.limits import check_deadline
from tiles.sources.zarr_codecs import bytes_of, chain, codec
from tiles.sources.zarr_folder import CHUNK_BYTES, ZarrFolder

# Values of a chunk: a hostile array's numbers may be anything.
CHUNK_VALUES = 2**27
# Bytes in a shard's index for each chunk: where it begins and how long it is; both this where there is none.
INDEX_ENTRY = 16
NOWHERE = 2**64 - 1

Values = npt.NDArray[Any]
Slices = tuple[slice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ZarrArray:
    """Hold an array's header, and read any part of it.

    Args:
        shape: of all of it.
        chunks: what is stored together; of sharded arrays, what is decoded together.
        shards: chunks in a shard along each dimension; None without shards.
        fill: the value of what isn't stored.
        key: returns where the chunk, or the shard, of some numbers lies.
        decode: turns stored bytes into an array of the chunk's shape.
        locate: of shards, reads their indexes.
    """

    folder: ZarrFolder
    path: str
    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    fill: Any
    key: Callable[[Sequence[int]], str]
    decode: Callable[[bytes], Values]
    dimensions: tuple[str, ...] = ()
    version: str = ""
    attributes: Mapping[str, Any] | None = None
    shards: tuple[int, ...] | None = None
    decode_index: Callable[[bytes], Values] | None = None
    index_bytes: int = 0
    index_at_start: bool = False

    def read(self, where: Slices) -> tuple[Values, npt.NDArray[np.bool_]]:
        """Read a part, one slice a dimension, and where anything was stored, both of that shape.

        Raises SourceCorrupt, SourceUnreachable.
        """
        shape = tuple(each.stop - each.start for each in where)
        values = np.full(shape, 0 if self.fill is None else self.fill, self.dtype)
        stored = np.zeros(shape, bool)
        spans = [
            range(each.start // side, -(-each.stop // side)) for each, side in zip(where, self.chunks, strict=True)
        ]
        for numbers in product(*spans):
            check_deadline()
            chunk = self._chunk(numbers)
            if chunk is None:
                continue
            here, there = [], []
            for number, side, each in zip(numbers, self.chunks, where, strict=True):
                start, stop = max(each.start, number * side), min(each.stop, (number + 1) * side)
                here.append(slice(start - each.start, stop - each.start))
                there.append(slice(start - number * side, stop - number * side))
            values[tuple(here)] = chunk[tuple(there)]
            stored[tuple(here)] = True
        return values, stored

    def _chunk(self, numbers: Sequence[int]) -> Values | None:
        content = self._stored(numbers)
        if content is None:
            return None
        try:
            return self.decode(content)
        except (SourceCorrupt, SourceUnreachable):
            raise
        except Exception as error:
            raise SourceCorrupt("A chunk of the Zarr can't be decoded") from error

    def _stored(self, numbers: Sequence[int]) -> bytes | None:
        prefix = f"{self.path}/" if self.path else ""
        if self.shards is None:
            return self.folder.read(prefix + self.key(numbers))
        shard = [number // count for number, count in zip(numbers, self.shards, strict=True)]
        within = tuple(number % count for number, count in zip(numbers, self.shards, strict=True))
        key = prefix + self.key(shard)
        index = self._index(key)
        if index is None:
            return None
        offset, count = (int(each) for each in index[within])
        if offset == NOWHERE:
            return None
        return self.folder.read(key, offset=offset, count=min(count, CHUNK_BYTES))

    def _index(self, key: str) -> Values | None:
        start = 0 if self.index_at_start else -self.index_bytes
        content = self.folder.read(key, offset=start, count=self.index_bytes)
        if content is None or self.decode_index is None or self.shards is None:
            return None
        try:
            return self.decode_index(content)
        except Exception as error:
            raise SourceCorrupt("The index of a shard can't be read") from error


@lru_cache(maxsize=256)
def _opened(location: str, path: str, _version: str) -> ZarrArray:
    folder = ZarrFolder(location)
    prefix = f"{path}/" if path else ""
    try:
        third = folder.document(f"{prefix}zarr.json")
        if third is not None and third.get("node_type") == "array":
            return _third(folder, path, third)
        second = folder.document(f"{prefix}.zarray")
        if second is not None:
            return _second(folder, path, second, folder.document(f"{prefix}.zattrs") or {})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceUnreadable(f"The header of the Zarr's array {path or '/'} makes no sense") from error
    raise SourceUnreadable(f"The Zarr has no array {path or '/'}")


def open_array(folder: ZarrFolder, path: str, *, version: str = "") -> ZarrArray:
    """Read an array's header. Raises SourceUnreadable for one that can't be read here, SourceUnreachable."""
    return replace(_opened(folder.location, path.strip("/"), version), version=version)


def _checked(shape: Sequence[int], chunks: Sequence[int], kind: np.dtype[Any]) -> None:
    sides = [*shape, *chunks]
    if len(shape) != len(chunks) or not all(isinstance(side, int) and side >= 0 for side in sides) or min(chunks) < 1:
        raise ValueError("sizes")
    if math.prod(chunks) > CHUNK_VALUES or kind.kind not in "buifc":
        raise SourceUnreadable("The Zarr's chunks are too large, or its values of no type that can be shown")


def _second(folder: ZarrFolder, path: str, header: dict[str, Any], attributes: dict[str, Any]) -> ZarrArray:
    kind = np.dtype(header["dtype"])
    shape, chunks = tuple(header["shape"]), tuple(header["chunks"])
    _checked(shape, chunks, kind)
    separator, order = header.get("dimension_separator", "."), header.get("order", "C")
    codecs = [codec(each) for each in (*(header.get("filters") or ()), header.get("compressor")) if each]

    def decode(content: bytes) -> Values:
        found: Any = content
        for each in reversed(codecs):
            found = each.decode(found)
        return np.frombuffer(bytes_of(found), kind, count=math.prod(chunks)).reshape(chunks, order=order)

    return ZarrArray(
        folder, path, shape, chunks, kind, _fill(header.get("fill_value"), kind),
        key=lambda numbers: separator.join(map(str, numbers)) or "0",
        decode=decode,
        dimensions=tuple(map(str, attributes.get("_ARRAY_DIMENSIONS") or ())),
        attributes=attributes,
    )  # fmt: skip


def _third(folder: ZarrFolder, path: str, header: dict[str, Any]) -> ZarrArray:
    kind = np.dtype(header["data_type"])
    shape = tuple(header["shape"])
    chunks = tuple(header["chunk_grid"]["configuration"]["chunk_shape"])
    _checked(shape, chunks, kind)
    sharding: dict[str, Any] = {}
    codecs = header["codecs"]
    decoded_kind, decoded_chunks = kind, chunks
    if codecs[0]["name"] == "sharding_indexed":
        given = codecs[0]["configuration"]
        inner = tuple(given["chunk_shape"])
        _checked(shape, inner, kind)
        counts = tuple(outer // side for outer, side in zip(chunks, inner, strict=True))
        index_shape = (*counts, 2)
        index_codecs = given.get("index_codecs") or [{"name": "bytes", "configuration": {"endian": "little"}}]
        sharding = {
            "shards": counts,
            "decode_index": chain(index_codecs, np.dtype("<u8"), index_shape),
            "index_bytes": math.prod(counts) * INDEX_ENTRY + 4 * any(each["name"] == "crc32c" for each in index_codecs),
            "index_at_start": given.get("index_location", "end") == "start",
        }
        codecs, decoded_chunks = given["codecs"], inner
    return ZarrArray(
        folder, path, shape, decoded_chunks, kind, _fill(header.get("fill_value"), kind),
        key=_key(header.get("chunk_key_encoding") or {"name": "default"}),
        decode=chain(codecs, decoded_kind, decoded_chunks),
        dimensions=tuple(str(name or "") for name in header.get("dimension_names") or ()),
        attributes=header.get("attributes") or {},
        **sharding,
    )  # fmt: skip


def _key(encoding: Mapping[str, Any]) -> Callable[[Sequence[int]], str]:
    is_default = encoding["name"] == "default"
    separator = (encoding.get("configuration") or {}).get("separator", "/" if is_default else ".")
    if is_default:
        return lambda numbers: separator.join(["c", *map(str, numbers)])
    return lambda numbers: separator.join(map(str, numbers)) or "0"


def _fill(value: Any, kind: np.dtype[Any]) -> Any:
    if value is None or isinstance(value, list):
        return None
    named = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
    if isinstance(value, str) and value in named:
        return named[value]
    if isinstance(value, str):
        # Zarr 3's hexadecimal bits of a number.
        return np.frombuffer(bytes.fromhex(value.removeprefix("0x"))[::-1], kind)[0] if value.startswith("0x") else None
    return value
