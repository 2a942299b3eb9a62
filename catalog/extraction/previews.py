"""Make a small picture of one that lies elsewhere: whatever it is, what the site hands out is WebP of its own."""

import io

from PIL import Image, UnidentifiedImageError

from catalog.extraction.result import ExtractionError

# What browsers show. Each has a decoder that is tried by everybody's bytes every day.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
SIDE = 512
# Pixels of the largest picture that is decoded; a JPEG is decoded smaller than it is.
MOST_PIXELS = 64_000_000
QUALITY = 80


def shrink_picture(content: bytes, *, name: str) -> bytes:
    """Return a picture of at most 512 pixels a side as WebP, without anything else that the file holds.

    Raises ExtractionError for what is no picture, is damaged, or has too many pixels.
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise ExtractionError("too_large", f"{name} has {width:,} by {height:,} pixels.")
            picture.draft("RGB", (SIDE, SIDE))
            has_alpha = "A" in picture.getbands() or "transparency" in picture.info
            shown = picture.convert("RGBA" if has_alpha else "RGB")
        shown.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=2.0)
        shown.info.clear()
        written = io.BytesIO()
        shown.save(written, "WEBP", quality=QUALITY)
    except UnidentifiedImageError:
        raise ExtractionError("not_an_image", f"{name} is no JPEG, PNG, WebP or GIF.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ExtractionError("too_large", f"{name} has too many pixels.") from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise ExtractionError("corrupt", f"{name} is damaged or incomplete.") from error
    return written.getvalue()
