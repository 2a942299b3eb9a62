"""SHA-256 as STAC's `file:checksum` writes it: a multihash in hexadecimal."""

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

SHA2_256_PREFIX = "1220"
"""Multihash's code of sha2-256 (0x12) and the digest's length in bytes (0x20)."""

CHUNK_BYTES = 2**20


def checksum_chunks(chunks: Iterable[bytes]) -> str:
    """Multihash of a stream's bytes, given piece by piece."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return multihash(digest.hexdigest())


def checksum_stream(stream: BinaryIO) -> str:
    """Multihash of what is left to read in `stream`, in constant memory."""
    return checksum_chunks(iter(lambda: stream.read(CHUNK_BYTES), b""))


def checksum_file(path: str) -> str:
    """Multihash of a local file's content."""
    with open(path, "rb") as stream:  # noqa: PTH123
        return checksum_stream(stream)


def multihash(sha256_hexdigest: str) -> str:
    return SHA2_256_PREFIX + sha256_hexdigest.lower()
