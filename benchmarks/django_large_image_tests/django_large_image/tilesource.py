"""The helpers of django-large-image that its tests import, answered by `tiles`."""

from tiles.encoding.pillow import any_format, media_types


def get_formats() -> list[str]:
    return list(media_types())


def get_mime_type(name: str) -> str:
    return any_format(name).media_type
