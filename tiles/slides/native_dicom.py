"""Read the JPEG tiles of a DICOM whole-slide series."""

from collections.abc import Iterator, Sequence
from typing import Any

from tiles.errors import SourceNotFound
from tiles.slides.native_tiles import NativeLevel, Place, order_levels, snap

# Baseline JPEG, whose frames any browser shows.
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"


def dicom_levels(slide: Any) -> tuple[NativeLevel, ...]:
    """Return the levels of an open `wsidicom.WsiDicom`; empty when they aren't JPEG in color."""
    # Takes half a second, and few files are DICOM.
    from wsidicom.geometry import Point  # type: ignore[import-untyped]  # noqa: PLC0415

    base = slide.pyramids[0][0].size
    found = []
    for level in slide.pyramids[0]:
        data = level.default_instance.image_data
        if str(data.transfer_syntax) != JPEG_BASELINE or data.samples_per_pixel != 3:
            return ()

        def read(tiles: Sequence[Place], *, data: Any = data) -> Iterator[bytes]:
            for place in tiles:
                yield bytes(data.get_encoded_tile(Point(*place), data.default_z, data.default_path))

        found.append(
            NativeLevel(
                width=level.size.width,
                height=level.size.height,
                tile_width=data.tile_size.width,
                tile_height=data.tile_size.height,
                factor=snap(base.width, level.size.width),
                read=read,
            )
        )
    return order_levels(found)


def check_complete(slide: Any, *, name: str) -> None:
    """Raise SourceNotFound when the series' finest level is a resampled one: its original is missing."""
    header = slide.pyramids[0][0].default_instance.dataset.as_dataset()
    if "RESAMPLED" in header.get("ImageType", ()):
        raise SourceNotFound(f"The file with the full resolution of {name}'s series is missing")
