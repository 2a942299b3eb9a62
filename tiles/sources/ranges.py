"""Read remote files by ranges. All that is read of one is of one content: the server is asked for no other.

A sparse file is a local file as long as the remote one, with holes where nothing was asked for: readers that open
paths by themselves find in it what a file says of its image. All processes of a machine share it, in the folder of
the copies.
"""

import hashlib
import os
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from osgeo import gdal

from tiles.errors import SourceNotFound, SourceUnreachable, SourceUnreadable
from tiles.limits import check_deadline
from tiles.sources.conditions import asking, condition_of, headers_of
from tiles.sources.copies import folder_of, make_room, name_of_copy, opened, touch
from tiles.sources.drivers import forget_content, forget_older_content, keeps_content
from tiles.sources.reference import SourceRef

# What is asked for is fetched with as much after it: the tags of a page follow it, and often the next page does.
AHEAD = 256 * 2**10
# Requests that a sparse file is worth: a file of thousands of scattered pages is copied sooner.
MOST_REQUESTS = 250
# Bytes after which a sparse file looks whether all copies are still within their bounds.
ROOM = MOST_REQUESTS * AHEAD
# Pieces that lie near each other in a file are read at once: so many bytes, with no more than so many between two.
RUN_BYTES = 4 * 2**20
GAP_BYTES = 16 * 2**10
FINISHED = ".finished"


@dataclass(frozen=True, slots=True)
class Content:
    """Hold what a server has at a location now. ``condition``: the header that asks for this content or none."""

    location: str
    name: str
    size: int
    stamp: str
    condition: str

    def read(self, offset: int, count: int) -> bytes:
        """Read these bytes; fewer where the file ends. Raises SourceUnreachable, also when the content has changed."""
        count = min(count, self.size - offset)
        if count <= 0:
            return b""
        check_deadline()
        try:
            with self.asked_for(), opened(self.location) as file:
                gdal.VSIFSeekL(file, offset, os.SEEK_SET)
                content = bytes(gdal.VSIFReadL(1, count, file) or b"")
        except RuntimeError:
            content = b""
        if len(content) < count:
            # What the server answered may be remembered; the next one shall ask again.
            forget_content(self.location)
            raise SourceUnreachable(f"The server that holds {self.name} doesn't hand it out, or has another one now")
        return content

    @contextmanager
    def asked_for(self) -> Iterator[None]:
        """Have GDAL, in this thread and block, read only this content of the location. Raises SourceUnreachable."""
        forget_older_content(self.location, self.stamp)
        with asking(self.condition):
            yield
        if not keeps_content(self.location, self.stamp):
            raise SourceUnreachable(f"{self.name} was replaced while it was read")


def head_of(content: Content, count: int) -> bytes:
    """Read a file's first bytes. What a sparse file is asked for first is fetched with them."""
    return content.read(0, max(count, AHEAD))[:count]


def content_at(ref: SourceRef) -> Content:
    """Ask the server what it holds there. Raises SourceNotFound, SourceUnreachable."""
    name = ref.name or Path(ref.location).name
    forget_content(ref.location)
    try:
        headers = headers_of(ref.location)
        status = gdal.VSIStatL(ref.location)
    except RuntimeError as error:
        raise SourceUnreachable(f"The server that holds {name} doesn't hand it out") from error
    if status is None or status.IsDirectory():
        raise SourceNotFound(f"{name} is no longer where it was")
    condition = condition_of(headers.get("etag", ""), headers.get("last-modified", ""))
    stamp = hashlib.blake2b(f"{condition}\n{status.size}\n{status.mtime}".encode(), digest_size=16).hexdigest()
    return Content(ref.location, name, status.size, stamp, condition)


class SparseFile:
    """Fill the holes of the local file of a remote content as they are read. Any thread may use it."""

    def __init__(self, content: Content, path: Path) -> None:
        self.content, self.path = content, path
        self.finished = (path.parent / FINISHED).exists()
        # Beginnings and ends of what this object wrote or found there, both in the order of the file.
        self._starts, self._ends = list[int](), list[int]()
        self._requests = self._grown = 0
        self._lock = threading.Lock()
        make_room(ROOM, keep=path.parent)
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.truncate(content.size)
        touch(path.parent)

    def read(self, offset: int, count: int) -> bytes:
        """Read these bytes, which the file has from now on. Raises what `Content.read` does, SourceUnreadable."""
        if not self.finished:
            if self._requests >= MOST_REQUESTS:
                raise SourceUnreadable(f"{self.content.name} would take too many requests")
            with self._lock:
                self._requests += self._keep(offset, count)
        with self.path.open("rb") as file:
            file.seek(min(offset, self.content.size))
            return file.read(count)

    def fill(self, pieces: Iterable[tuple[int, int]]) -> None:
        """Have the file hold these (offset, count), whether or not it is finished. Raises what `Content.read` does."""
        with self._lock:
            for run in runs(sorted(pieces)):
                start, end = run[0][0], max(offset + count for offset, count in run)
                self._keep(start, end - start)

    def finish(self) -> None:
        """Note that all that readers need by the file's path is in it, for every process from now on."""
        (self.path.parent / FINISHED).touch()
        self.finished = True

    def _keep(self, offset: int, count: int) -> bool:
        """Fetch what is missing of these bytes, and tell whether that took a request."""
        end = min(offset + count, self.content.size)
        place = bisect_right(self._starts, offset) - 1
        if end <= offset or (place >= 0 and end <= self._ends[place]):
            return False
        content = self.content.read(offset, max(count, AHEAD))
        self._grown += len(content)
        if self._grown > ROOM:
            make_room(ROOM, keep=self.path.parent)
            self._grown = 0
        # Whoever else writes here writes the same.
        with self.path.open("r+b") as file:
            file.seek(offset)
            file.write(content)
        touch(self.path.parent)
        self._note(offset, offset + len(content))
        return True

    def _note(self, start: int, end: int) -> None:
        """Note that these bytes are there; intervals that touch become one."""
        first, last = bisect_left(self._ends, start), bisect_right(self._starts, end)
        if first < last:
            start, end = min(start, self._starts[first]), max(end, self._ends[last - 1])
        self._starts[first:last], self._ends[first:last] = [start], [end]


def sparse_file(content: Content) -> SparseFile:
    """Return the sparse file of this content, as far as processes filled it. Raises SourceUnreachable, OSError."""
    return SparseFile(content, folder_of("sparse", content.location, content.stamp) / name_of_copy(content.location))


def runs(pieces: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Join pieces (offset, count), in their order, that are worth one read."""
    run = list[tuple[int, int]]()
    for offset, count in pieces:
        if run:
            end = run[-1][0] + run[-1][1]
            if not (0 <= offset - end <= GAP_BYTES and offset + count - run[0][0] <= RUN_BYTES):
                yield run
                run = []
        run.append((offset, count))
    if run:
        yield run
