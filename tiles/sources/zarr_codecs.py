"""Decode chunks of Zarr by numcodecs' codecs, out of a list: one of them runs what it decodes."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt

from tiles.errors import SourceUnreadable

# Codecs of bytes and of numbers, by Zarr 2's names. Never `pickle` and its like.
CODECS = frozenset({
    "blosc", "zlib", "gzip", "zstd", "lz4", "lzma", "bz2", "shuffle", "delta", "fixedscaleoffset", "quantize",
    "bitround", "packbits", "crc32", "crc32c", "adler32", "fletcher32", "jenkins_lookup3",
})  # fmt: skip

Values = npt.NDArray[Any]


def chain(
    codecs: Sequence[Mapping[str, Any]], kind: np.dtype[Any], shape: tuple[int, ...]
) -> Callable[[bytes], Values]:
    """Return the function that undoes Zarr 3's codecs: of the array, then to bytes, then of bytes."""
    orders, little, later = [], True, []
    stored = shape
    for each in codecs:
        name, given = str(each["name"]), dict(each.get("configuration") or {})
        if name == "transpose":
            order = tuple(range(len(shape)))[::-1] if given["order"] == "F" else tuple(given["order"])
            orders.append(order)
            stored = tuple(stored[axis] for axis in order)
        elif name == "bytes":
            little = given.get("endian", "little") == "little"
        else:
            later.append(_third_codec(name, given, kind))

    def decode(content: bytes) -> Values:
        found: Any = content
        for each in reversed(later):
            found = each.decode(found)
        values = np.frombuffer(
            bytes_of(found), kind.newbyteorder("<" if little else ">"), count=math.prod(stored)
        ).reshape(stored)
        for axes in reversed(orders):
            values = values.transpose(np.argsort(axes))
        return values

    return decode


def _third_codec(name: str, given: dict[str, Any], kind: np.dtype[Any]) -> Any:
    name = name.removeprefix("numcodecs.")
    if name == "zstd":
        return codec({"id": "zstd", "level": given.get("level", 0)})
    if name == "crc32c":
        return _Checksum()
    if name == "blosc":
        shuffle = {"noshuffle": 0, "shuffle": 1, "bitshuffle": 2}.get(str(given.get("shuffle")), 0)
        return codec({"id": "blosc", "cname": given.get("cname", "zstd"), "shuffle": shuffle})
    del kind
    return codec({"id": name, **given})


class _Checksum:
    """Leave out a checksum of four bytes at the end: what it would find, decoding does."""

    def decode(self, content: Any) -> bytes:
        return bytes(content)[:-4]


def codec(config: Mapping[str, Any]) -> Any:
    """Return one of numcodecs' codecs. Raises SourceUnreadable for any that isn't known to be harmless."""
    name = str(config.get("id", ""))
    if name.startswith("imagecodecs_"):
        from imagecodecs.numcodecs import register_codecs  # noqa: PLC0415 -- takes long

        register_codecs(verbose=False)
    elif name not in CODECS:
        raise SourceUnreadable(f"The Zarr is compressed by {name[:40] or 'no codec'}, which isn't read here")
    try:
        return numcodecs.get_codec(dict(config))
    except (ValueError, TypeError) as error:
        raise SourceUnreadable(f"The Zarr is compressed by {name[:40]}, which isn't read here") from error


def bytes_of(found: Any) -> Any:
    return np.ascontiguousarray(found).reshape(-1).view(np.uint8) if isinstance(found, np.ndarray) else found
