"""Read the pictures that come with a slide: its label, the macro of the whole glass, a thumbnail."""

import numpy as np

from tiles.sources.protocol import Source
from tiles.styling.painting import Picture


def associated_picture(source: Source, name: str, *, side: int) -> Picture:
    """Read the picture of that name, its longer side at most ``side`` pixels. Raises OutsideBounds, SourceCorrupt."""
    image = source.associated_image(name)
    image.thumbnail((side, side))
    return Picture(np.asarray(image, dtype=np.uint8), None)
