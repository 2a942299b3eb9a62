"""Reckon how long a classic netCDF has to be: what is missing at its end would be read as zeros.

https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html
"""

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass

# Bytes of a value by its type's number.
TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
# Bytes up to which a header is read.
MOST_BYTES = 2**22
# Values at the end are padded to whole words, which some writers leave out.
WORD = 4
STREAMED = {4: 2**32 - 1, 8: 2**64 - 1}


@dataclass
class _Header:
    content: bytes
    place: int
    # Bytes of numbers of things, and of offsets.
    count_bytes: int
    offset_bytes: int

    def number(self, size: int) -> int:
        (found,) = struct.unpack_from(">I" if size == 4 else ">Q", self.content, self.place)
        self.place += size
        return int(found)

    def count(self) -> int:
        return self.number(self.count_bytes)

    def skip_name(self) -> None:
        self._skip(self.count())

    def _skip(self, size: int) -> None:
        self.place += _padded(size)

    def skip_attributes(self) -> None:
        self.number(4)
        for _ in range(self.count()):
            self.skip_name()
            kind = self.number(4)
            self._skip(TYPE_BYTES[kind] * self.count())


def _padded(size: int) -> int:
    return -(-size // WORD) * WORD


def expected_size(read: Callable[[int, int], bytes]) -> int:
    """Return the bytes that a file's values reach to; 0 where its header says nothing of it.

    ``read``: reads (offset, count).
    """
    content = read(0, MOST_BYTES)
    try:
        return _end(content)
    except (struct.error, KeyError, IndexError, MemoryError, OverflowError):
        return 0


def _end(content: bytes) -> int:
    version = content[3]
    header = _Header(content, 4, 8 if version == 5 else 4, 4 if version == 1 else 8)
    records = header.count()
    if records == STREAMED[header.count_bytes]:
        return 0
    header.number(4)
    lengths = []
    for _ in range(header.count()):
        header.skip_name()
        lengths.append(header.count())
    header.skip_attributes()
    header.number(4)
    fixed, varying = list[int](), list[tuple[int, int]]()
    for _ in range(header.count()):
        header.skip_name()
        shape = [lengths[header.count()] for _ in range(header.count())]
        header.skip_attributes()
        item = TYPE_BYTES[header.number(4)]
        header.count()
        begin = header.number(header.offset_bytes)
        # The one dimension without a length is that of the records.
        if shape and shape[0] == 0:
            varying.append((begin, math.prod(shape[1:]) * item))
        else:
            fixed.append(begin + math.prod(shape) * item)
    sizes = [size for _, size in varying]
    step = sizes[0] if len(sizes) == 1 else sum(map(_padded, sizes))
    ends = [begin + (records - 1) * step + size for begin, size in varying if records]
    return max([*fixed, *ends], default=0)
