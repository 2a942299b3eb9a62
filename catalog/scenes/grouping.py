"""Group files into scenes by their paths alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from catalog.scenes import airbus, granules, hls, landsat, maxar, naip, planet, sentinel1, sentinel2
from catalog.scenes.pattern import pattern_sensor
from catalog.scenes.scene import Sensor

SENSORS: tuple[Sensor, ...] = (
    landsat.SENSOR,
    sentinel1.SENSOR,
    sentinel2.SAFE_SENSOR,
    sentinel2.COG_SENSOR,
    hls.SENSOR,
    planet.SENSOR,
    naip.SENSOR,
    maxar.SENSOR,
    airbus.SENSOR,
    *granules.SENSORS,
)
# Scenes of one folder whose files are still awaited while a listing goes on; the oldest is taken as it is beyond.
MOST_OPEN = 2_000


@dataclass(slots=True)
class Group:
    """Files of one scene, or one file that is of none; `address` is what a scene's paths have in common."""

    address: str
    id: str
    sensor: Sensor | None
    hrefs: list[str] = field(default_factory=list)


def chosen_sensors(option: object) -> Sequence[Sensor]:
    """Return the sensors that a job's option `scenes` names: none, a pattern before those known here, or all these."""
    if option is False:
        return ()
    if isinstance(option, dict) and "pattern" in option:
        return (pattern_sensor(option["pattern"], option.get("bands")), *SENSORS)
    return SENSORS


def path_of(href: str) -> str:
    """Return the location without what signs it."""
    return href if href.startswith("s3://") else href.partition("?")[0]


def find_scene(href: str, sensors: Iterable[Sensor] = SENSORS) -> Group | None:
    """Return the scene that a file is of, by its path; None of a file that is of no scene."""
    path = path_of(href)
    for sensor in sensors:
        if match := sensor.pattern.search(path):
            start = match.start() + path[match.start() :].startswith("/")
            return Group(path[:start] + match["scene"], match["scene"].removesuffix(".SAFE"), sensor, [href])
    return None


def is_lead(href: str, sensor: Sensor) -> bool:
    """Return whether a file stands for its whole scene."""
    return sensor.lead is not None and sensor.lead.search(path_of(href)) is not None


def root_of(address: str, paths: Iterable[str]) -> str:
    """Return what a scene's paths are relative to: itself, where it is a folder, or the folder that it lies in."""
    is_folder = all(path.startswith(f"{address}/") for path in paths)
    return f"{address}/" if is_folder else address[: address.rfind("/") + 1]


def group_files(hrefs: Iterable[str], sensors: Sequence[Sensor] = SENSORS) -> Iterator[Group]:
    """Give the files of a listing grouped into scenes, in flat memory.

    A group ends when the listing, which is in the order of the paths, leaves the folder that its scene lies in. Files
    that are too few for a scene come one by one, with no sensor.
    """
    waiting: dict[str, Group] = {}
    folder = ""
    for href in hrefs:
        path = path_of(href)
        if waiting and not (path.startswith(folder) and "/" not in path[len(folder) :]):
            for address in [each for each in waiting if not path.startswith(each[: each.rfind("/") + 1])]:
                yield from _closed(waiting.pop(address))
        folder = path[: path.rfind("/") + 1]
        found = find_scene(href, sensors)
        if found is None:
            yield Group(href, "", None, [href])
            continue
        if found.address not in waiting:
            if len(waiting) >= MOST_OPEN:
                yield from _closed(waiting.pop(next(iter(waiting))))
            waiting[found.address] = found
        elif href not in waiting[found.address].hrefs:
            waiting[found.address].hrefs.append(href)
    for group in waiting.values():
        yield from _closed(group)


def _closed(group: Group) -> Iterator[Group]:
    sensor = group.sensor
    if sensor and (len(group.hrefs) >= sensor.least or any(is_lead(href, sensor) for href in group.hrefs)):
        yield group
    else:
        yield from (Group(href, "", None, [href]) for href in group.hrefs)
