"""Pictures that come with a slide: its label, the macro of the whole glass, a thumbnail."""

from typing import Any

import numpy as np

from tiles.errors import OutsideBounds, TilesError
from tiles.slides.source import SlideSource
from tiles.sources.drivers import explain_failure
from tiles.sources.registry import Source
from tiles.styling.painting import Picture


def associated_names(source: Source) -> list[str]:
    if not isinstance(source, SlideSource) or not hasattr(source.tile_source, "getAssociatedImagesList"):
        return []
    return sorted(str(name) for name in source.tile_source.getAssociatedImagesList())


def associated_picture(source: Source, name: str, *, side: int) -> Picture:
    """The picture of that name, its longer side at most ``side`` pixels. Raises OutsideBounds for one there isn't."""
    names = associated_names(source)
    if name not in names or not isinstance(source, SlideSource):
        there = f"there are {', '.join(names)}" if names else "there is none"
        raise OutsideBounds(f"No associated image is called {name[:60]!r}; {there}")
    try:
        if source.file:
            source.file.fetch_associated()
        image: Any = source.tile_source._getAssociatedImage(name)  # noqa: SLF001 -- the public one encodes it first
        image = image.convert("RGB")
        image.thumbnail((side, side))
    except TilesError:
        raise
    except Exception as error:
        raise explain_failure(source.ref, error) from error
    return Picture(np.asarray(image, dtype=np.uint8), None)
