"""Read the directories of a TIFF or a BigTIFF: where its pages' tags and pixels lie. Nothing is decoded.

TIFF 6.0, section 2, and https://www.awaresystems.be/imaging/tiff/bigtiff.html
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tiles.errors import SourceUnreadable

# (offset, count) -> bytes; fewer where the file ends.
Read = Callable[[int, int], bytes]

SUB_DIRECTORIES = 330
# Bytes of a value by its type's number; numbers that are whole and can be offsets have a numpy type.
TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
WHOLE = {3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
# What is read of one file: its numbers may be anything, and its directories lead in a circle.
MOST_DIRECTORIES = 20_000
MOST_TAGS = 1000
MOST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """Hold one page's values by tag: numbers, or bytes of what is none. ``children``: pages that it alone names."""

    offset: int
    values: dict[int, npt.NDArray[np.unsignedinteger] | bytes]
    children: tuple["Directory", ...] = ()

    def numbers(self, tag: int) -> npt.NDArray[np.uint64]:
        """Return the numbers of a tag; empty for none."""
        found = self.values.get(tag, b"")
        return np.zeros(0, np.uint64) if isinstance(found, bytes) else found.astype(np.uint64)

    def number(self, tag: int, default: int = 0) -> int:
        found = self.numbers(tag)
        return int(found[0]) if found.size else default

    def text(self, tag: int) -> bytes:
        found = self.values.get(tag, b"")
        return found if isinstance(found, bytes) else found.tobytes()


@dataclass(frozen=True, slots=True)
class _Layout:
    """Say how a file's numbers are written: byte order; numbers of tags, offsets; bytes of a tag's entry and value."""

    order: str
    count: str
    offset: str
    entry: str
    inline: int

    def number(self, kind: str, content: bytes, place: int = 0) -> int:
        return int(struct.unpack_from(self.order + kind, content, place)[0])


class _Reader:
    def __init__(self, read: Read) -> None:
        self.read, self.left, self.seen = read, MOST_BYTES, set[int]()
        head = self.take(0, 16, least=8)
        orders = {b"II": "<", b"MM": ">"}
        order = orders.get(head[:2], "")
        kind = struct.unpack_from(f"{order}H", head, 2)[0] if order else 0
        if kind not in {42, 43}:
            raise SourceUnreadable("The file is no TIFF")
        big = kind == 43
        self.layout = _Layout(order, *(("Q", "Q", "HHQ", 8) if big else ("H", "I", "HHI", 4)))
        self.first = self.layout.number(self.layout.offset, head.ljust(16, b"\0"), 8 if big else 4)

    def take(self, offset: int, count: int, *, least: int = 0) -> bytes:
        self.left -= count
        if self.left < 0:
            raise SourceUnreadable("The directories of the TIFF have no end")
        content = self.read(offset, count)
        if len(content) < (least or count):
            raise SourceUnreadable("The TIFF ends within one of its directories")
        return content

    def chain(self, offset: int, *, follow: bool) -> Iterator[Directory]:
        """Read the directory at an offset and those after it, each once. ``follow``: whether it may have children."""
        while offset and offset not in self.seen:
            if len(self.seen) >= MOST_DIRECTORIES:
                raise SourceUnreadable("The directories of the TIFF have no end")
            self.seen.add(offset)
            directory, offset = self._directory(offset, follow=follow)
            yield directory

    def _directory(self, offset: int, *, follow: bool) -> tuple[Directory, int]:
        layout = self.layout
        head = struct.calcsize(f"={layout.count}")
        count = layout.number(layout.count, self.take(offset, head))
        if count > MOST_TAGS:
            raise SourceUnreadable(f"A directory of the TIFF says it has {count} tags")
        entry = struct.calcsize(f"={layout.entry}") + layout.inline
        body = self.take(offset + head, count * entry + layout.inline)
        values = dict(self._value(body[place : place + entry]) for place in range(0, count * entry, entry))
        directory = Directory(offset, values)
        if follow:
            starts = directory.numbers(SUB_DIRECTORIES)
            children = tuple(each for start in starts for each in self.chain(int(start), follow=False))
            directory = Directory(offset, values, children)
        return directory, layout.number(layout.offset, body, count * entry)

    def _value(self, entry: bytes) -> tuple[int, npt.NDArray[np.unsignedinteger] | bytes]:
        layout = self.layout
        tag, kind, count = struct.unpack_from(layout.order + layout.entry, entry)
        size = TYPE_BYTES.get(kind, 0) * count
        content = entry[-layout.inline :][:size]
        if size > layout.inline:
            content = self.take(layout.number(layout.offset, entry[-layout.inline :]), size)
        if kind in WHOLE:
            return tag, np.frombuffer(content, layout.order + WHOLE[kind])
        return tag, content


def first_directory(read: Read) -> Directory:
    """Return the first page of a TIFF, without what it alone names. Raises SourceUnreadable, and what ``read`` does."""
    reader = _Reader(read)
    found = next(reader.chain(reader.first, follow=False), None)
    if found is None:
        raise SourceUnreadable("The TIFF has no pages")
    return found


def count_directories(read: Read) -> int:
    """Count the pages of a TIFF that follow one another, up to those that are read, and one more.

    Raises SourceUnreadable, and what ``read`` does.
    """
    reader, seen = _Reader(read), set[int]()
    layout, offset = reader.layout, reader.first
    head = struct.calcsize(f"={layout.count}")
    entry = struct.calcsize(f"={layout.entry}") + layout.inline
    while offset and offset not in seen and len(seen) <= MOST_DIRECTORIES:
        seen.add(offset)
        count = layout.number(layout.count, reader.take(offset, head))
        offset = layout.number(layout.offset, reader.take(offset + head + count * entry, layout.inline))
    return len(seen)


def read_directories(read: Read) -> tuple[Directory, ...]:
    """Return all pages of a TIFF, in order, at least one. Raises SourceUnreadable, and what ``read`` does."""
    reader = _Reader(read)
    found = tuple(reader.chain(reader.first, follow=True))
    if not found:
        raise SourceUnreadable("The TIFF has no pages")
    return found
