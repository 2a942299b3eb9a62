"""What an HDF5 or netCDF-4 file keeps elsewhere: raw data, virtual datasets, links into other files.

The file is searched rather than walked through: nothing of these structures is compressed, but a filtered fractal heap,
so what its library can find is found whatever leads there.
https://docs.hdfgroup.org/hdf5/develop/_f_m_t3.html
"""

import mmap
import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from tiles.sources.external_files.heads import HDF5_HEAD, HDF5_STARTS

# Bytes of a message's header in an object header of version 1, and of version 2 without and with the order of creation.
HEADERS = (8, 4, 6)
# An external file list: its type in an object header, its version; after 8 bytes the address of the local heap that
# has the names.
LIST_MESSAGE, LIST_VERSION, LIST_HEAD = 7, 1, 8
LOCAL_HEAP, GLOBAL_HEAP = b"HEAP", b"GCOL"
# A fractal heap, which holds links of large groups, whose blocks are compressed: then they can't be searched.
FILTERED_HEAP = re.compile(rb"FRHP\0..(?!\0\0)", re.DOTALL)
FRACTAL_HEAP = b"FRHP"
# A layout message of this version or above has a class 3, a virtual dataset: then the address of the global heap
# collection that has the names.
FIRST_VIRTUAL_LAYOUT, LAST_LAYOUT, VIRTUAL = 4, 6, 3
# So many places that look like a link into another file are looked at closely.
MOST_FOLLOWED = 1_000_000
# Of a link message: its type in an object header, its version, the bit of its flags that says that a kind of link
# follows, the bits that are always 0, and the kind that leads into another file.
LINK_MESSAGE, LINK_VERSION, HAS_KIND, NEVER, EXTERNAL = 6, 1, 0x08, 0xE0, 0x40
# Bytes of a link's own name, and searched at once.
MOST_NAME = 2**16
CHUNK = 2**24

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


def names_files(content: mmap.mmap) -> bool:
    """Return whether the file has data, datasets or links in other files, or may have them where nobody can look."""
    if FILTERED_HEAP.search(content):
        return True
    # A view of the mapping keeps it from being closed.
    view = memoryview(content)
    data = np.frombuffer(view, np.uint8)
    try:
        return any(search(content, data) for search in (_lists_files, _has_virtual_datasets, _has_external_links))
    finally:
        del data
        view.release()


def _lists_files(content: mmap.mmap, data: Bytes) -> bool:
    # Names lie in a local heap, which most netCDF-4 files have none of.
    addresses = _addresses(content, LOCAL_HEAP)
    for start, part in _chunks(data) if addresses.size else ():
        places = start + np.flatnonzero(part[:-2] == LIST_VERSION)
        places = places[_follow_header(data, places, message=LIST_MESSAGE)]
        if _lead_to(content, data, places + LIST_HEAD, addresses):
            return True
    return False


def _has_virtual_datasets(content: mmap.mmap, data: Bytes) -> bool:
    addresses = _addresses(content, GLOBAL_HEAP)
    for start, part in _chunks(data) if addresses.size else ():
        version, kind = part[:-2], part[1:-1]
        found = (kind == VIRTUAL) & (version >= FIRST_VIRTUAL_LAYOUT) & (version <= LAST_LAYOUT)
        if _lead_to(content, data, start + np.flatnonzero(found) + 2, addresses):
            return True
    return False


def _addresses(content: mmap.mmap, heap: bytes) -> npt.NDArray[np.uint64]:
    """Return what addresses of the heaps of that kind may be, counted from wherever the file begins."""
    heaps = np.array([found.start() for found in re.finditer(heap, content)], np.uint64)[:, None]
    bases = np.array(HDF5_STARTS[: bisect_left(HDF5_STARTS, len(content))], np.uint64)
    found: npt.NDArray[np.uint64] = np.unique((heaps - bases)[heaps >= bases])
    return found


def _lead_to(content: mmap.mmap, data: Bytes, places: Places, addresses: npt.NDArray[np.uint64]) -> bool:
    """Return whether one of the addresses is at one of the places."""
    return any(np.isin(_numbers(data, places, width), addresses).any() for width in _address_widths(content))


def _address_widths(content: mmap.mmap) -> set[int]:
    """Return how many bytes an address may have, by each place where the file may begin; of long ones 8 tell enough."""
    widths = set()
    for start in HDF5_STARTS[: bisect_left(HDF5_STARTS, len(content))]:
        head = content[start : start + 16]
        if head.startswith(HDF5_HEAD) and len(head) == 16:
            widths.add(min(8, head[13] if head[8] < 2 else head[9]))
    return widths & {2, 4, 8} or {8}


def _chunks(data: Bytes) -> Iterator[tuple[int, Bytes]]:
    """Yield parts of the file and where they begin, each with the first bytes of the next."""
    for start in range(0, len(data), CHUNK):
        yield start, data[start : start + CHUNK + 2]


def _numbers(data: Bytes, places: Places, width: int) -> npt.NDArray[np.uint64]:
    """Return the little-endian numbers at these places; where the file ends within one, the largest."""
    inside = places + width <= len(data)
    found = np.full(places.shape, np.iinfo(np.uint64).max, np.uint64)
    values = np.zeros(int(inside.sum()), np.uint64)
    for byte in range(width):
        values |= data[places[inside] + byte].astype(np.uint64) << np.uint64(8 * byte)
    found[inside] = values
    return found


def _has_external_links(content: mmap.mmap, data: Bytes) -> bool:
    in_heaps, left = content.find(FRACTAL_HEAP) >= 0, MOST_FOLLOWED
    for start, part in _chunks(data):
        version, flags, kind = part[:-2], part[1:-1], part[2:]
        found = (version == LINK_VERSION) & (flags & (HAS_KIND | NEVER) == HAS_KIND) & (kind == EXTERNAL)
        places = start + np.flatnonzero(found)
        places = places if in_heaps else places[_follow_header(data, places, message=LINK_MESSAGE)]
        left -= places.size
        if left < 0 or any(_is_external_link(content, place) for place in places.tolist()):
            return True
    return False


def _follow_header(data: Bytes, places: Places, *, message: int) -> npt.NDArray[np.bool_]:
    """Return which of the places come just after a header of that type of message."""
    before = [(places >= length) & (data[np.maximum(places - length, 0)] == message) for length in HEADERS]
    found: npt.NDArray[np.bool_] = np.logical_or.reduce(before)
    return found


def _is_external_link(content: mmap.mmap, place: int) -> bool:
    """Return whether the link message there has a name, and then names a file and an object in it."""
    flags: Any = content[place + 1]
    after = place + 3 + (8 if flags & 0x04 else 0) + (1 if flags & 0x10 else 0)
    width = 1 << (flags & 0x03)
    length = int.from_bytes(content[after : after + width], "little")
    value = after + width + length
    if not 0 < length <= MOST_NAME or value + 4 > len(content):
        return False
    size = int.from_bytes(content[value : value + 2], "little")
    target = content[value + 2 : value + 2 + size]
    if not target or target[0]:
        return False
    file, ended, rest = target[1:].partition(b"\0")
    return bool(ended) and _is_name(file) and _is_name(rest.partition(b"\0")[0])


def _is_name(text: bytes) -> bool:
    try:
        return text.decode().isprintable() and bool(text)
    except UnicodeDecodeError:
        return False
