"""HDF4's directory: whether a file keeps an element in another one, which its library would open by the name given.

Every element, also the parts of chunked or compressed ones, has a descriptor in a chain of blocks, big endian.
HDF Specification and Developer's Guide, 4.1r5, chapters 2 and 6.
"""

import struct
from collections.abc import Iterator
from mmap import mmap

from tiles.errors import UnsafeSource

SIGNATURE = b"\x0e\x03\x13\x01"
# How many descriptors follow, and where the next block is; 0: nowhere.
BLOCK = struct.Struct(">HI")
# Tag, reference, offset and length of an element.
DESCRIPTOR = struct.Struct(">HHII")
# Of a tag: the bit of an element that begins with a code of how it is kept, unless the tag is a user's own.
SPECIAL, OWN = 0x4000, 0x8000
# The code of an element in another file.
EXTERNAL = b"\x00\x02"
# More than files have; a chain that leads back into itself ends here.
MOST_DESCRIPTORS = 1_000_000


def names_files(content: mmap) -> bool:
    """Return whether an HDF4 file has an element in another file. Raises UnsafeSource if its directory is damaged."""
    return any(
        tag & (SPECIAL | OWN) == SPECIAL and content[offset : offset + len(EXTERNAL)] == EXTERNAL
        for tag, _, offset, _ in _descriptors(content)
    )


def _descriptors(content: mmap) -> Iterator[tuple[int, ...]]:
    block, left = len(SIGNATURE), MOST_DESCRIPTORS
    while block:
        start = block + BLOCK.size
        if start > len(content):
            raise UnsafeSource("The HDF4 file is incomplete: its directory leads beyond its end")
        count, block = BLOCK.unpack(content[start - BLOCK.size : start])
        left -= count
        if not count or left < 0 or start + count * DESCRIPTOR.size > len(content):
            raise UnsafeSource("The HDF4 file's directory is damaged or incomplete")
        yield from DESCRIPTOR.iter_unpack(content[start : start + count * DESCRIPTOR.size])
