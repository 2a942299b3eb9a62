"""Prefixes: from a listing of a bucket, or of a web server's folder, to one source per image."""

from collections.abc import Iterator

from django.utils.dateparse import parse_datetime

from catalog.errors import SourceUnreachable
from catalog.models import IngestSource
from catalog.remote.listing import check_listable, list_all
from catalog.scenes.grouping import Group, chosen_sensors, group_files
from catalog.services.ingest.children import add_children
from catalog.services.ingest.selecting import ZARR_STORE, Selection


def expand_prefix(source: IngestSource) -> int:
    """Write one queued source for each image under the prefix; return how many. Again writes none twice."""
    check_listable(source.href)
    count = add_children(source, map(source_of, _images(source)))
    if not count:
        raise SourceUnreachable(
            f"Nothing under {source.href} looks like imagery{_wanted(source)}.",
            code="prefix_empty",
        )
    return count


def _wanted(source: IngestSource) -> str:
    details = source.details
    said = [f"matches {source.include!r}"] if source.include else []
    said += [f"matches none of {details['exclude']!r}"] if "exclude" in details else []
    said += [f"is newer than {details['since']}"] if "since" in details else []
    return "".join(f" and {each}" for each in said)


def source_of(group: Group) -> IngestSource:
    """Return the source of a scene, or of one image."""
    if not group.sensor:
        return IngestSource(kind=IngestSource.Kind.HREF, href=group.address)
    return IngestSource(kind=IngestSource.Kind.SCENE, href=group.address, parts=group.hrefs)


def _images(source: IngestSource) -> Iterator[Group]:
    """Give the scenes below a prefix, and the images that are of none."""
    sensors = chosen_sensors(source.job.options.get("scenes"))
    selection = Selection(
        source.href,
        include=(source.include,) if source.include else (),
        exclude=source.details.get("exclude", ()),
        since=parse_datetime(source.details.get("since", "")),
        sensors=sensors,
    )
    for group in group_files(_listed(selection), sensors):
        if any(map(selection.wants, group.hrefs)):
            yield group


def _listed(selection: Selection) -> Iterator[str]:
    """Give the images that are wanted, and what else is a scene's: its metadata, its pictures."""
    last_store = ""
    for entry in list_all(selection.prefix):
        href = entry.href
        if store := ZARR_STORE.match(href):
            # A Zarr store is a folder of thousands of chunks, listed one after the other.
            href = store[1]
            if href == last_store:
                continue
            last_store = href
        elif href.endswith("/") or entry.size == 0:
            continue
        if selection.has_part(href) and not selection.is_too_old(entry):
            yield href
