from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on what one file may cost while its metadata is read."""

    side: int = 4_000_000
    """Pixels along one edge. Larger ones come from damaged headers, not from instruments."""

    block_bytes: int = 256 * 2**20
    """Bytes one decoded block takes: the least that has to fit in memory to read any pixel of it."""

    bands: int = 65_535
    """Bands; the TIFF format's own bound."""

    described_bands: int = 512
    """Bands that get statistics. Hyperspectral instruments have some 250; message archives have thousands."""

    histogram_bands: int = 16
    """Bands whose histogram is kept: 256 counts each would make a hyperspectral item's document a megabyte."""

    read_whole_bytes: int = 48 * 2**20
    """Decoded bytes up to which every block is read to find damage; larger files are sampled."""

    probed_blocks: int = 12
    """Blocks read from each larger file, the first and the last among them."""

    subdatasets: int = 64
    """Subdatasets opened in search of one with a place on Earth."""


DEFAULT_LIMITS = Limits()
