"""Read slides by ranges from the bucket or the web server that holds them.

What they say of themselves is read, as of local slides, by the ordinary readers: from a sparse copy of the file.
"""

from dataclasses import dataclass

from tiles.errors import SourceUnreachable, SourceUnreadable, TooLarge
from tiles.slides.native_tiff import HEIGHT, WIDTH, levels_of, pieces, pyramid
from tiles.slides.native_tiles import NativeLevel
from tiles.slides.tiff_directories import Directory, read_directories
from tiles.sources.ranges import Content, SparseFile, sparse_file

DESCRIPTION = 270
OME_MARK = b"<OME"
# Bytes of all pictures that come with a slide.
ASSOCIATED_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class RangedTiff:
    """Hold a remote TIFF that is read by ranges.

    ``path``: a file for readers to open, of which only what it says of the image is right, not its pixels. ``levels``:
    of JPEG tiles; empty when it has others.
    """

    path: str
    levels: tuple[NativeLevel, ...]
    sparse_file: SparseFile
    pages: tuple[Directory, ...]
    # Pages that are neither levels nor other planes.
    others: tuple[Directory, ...]

    @property
    def associated_bytes(self) -> int:
        return sum(count for page in self.others for _, count in pieces(page))

    def fetch_associated(self) -> None:
        """Have the file at ``path`` hold the pictures that come with the slide, too. Raises TooLarge."""
        if self.associated_bytes > ASSOCIATED_BYTES:
            raise TooLarge(f"The pictures that come with {self.sparse_file.content.name} are too large")
        self.sparse_file.fill(piece for page in self.others for piece in pieces(page))


def ranged_tiff(content: Content) -> RangedTiff | None:
    """Open a remote TIFF; None for one whose directories aren't worth their requests. Raises SourceUnreachable."""
    try:
        found = sparse_file(content)
        pages = read_directories(found.read)
        of_levels = pyramid(pages)
        if not found.finished:
            # Readers look at the first tile for its type; OpenSlide's tries that of each level before it calls it one.
            tried = of_levels[:1] if OME_MARK in pages[0].text(DESCRIPTION) else of_levels
            found.fill(piece for page in tried for piece in pieces(page, [0]))
            found.finish()
    except SourceUnreadable:
        return None
    except OSError as error:
        raise SourceUnreachable("There is no room for what remote files say of themselves") from error
    others = tuple(page for page in pages if page not in of_levels and _size(page) != _size(pages[0]))
    return RangedTiff(str(found.path), levels_of(pages, content.read), found, pages, others)


def _size(page: Directory) -> tuple[int, int]:
    return page.number(WIDTH), page.number(HEIGHT)
