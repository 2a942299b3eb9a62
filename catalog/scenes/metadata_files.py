"""Read the metadata files of scenes: XML without entities, ODL's groups, JSON."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

from catalog.scenes.scene import SceneError, SceneFiles, polygon_of

# NASA's name their schema by a DOCTYPE, which declares nothing by itself.
DOCTYPE = re.compile(r"<!DOCTYPE[^\[<>]*>")
# What stands for XML that isn't there: every question to it finds nothing.
NOTHING = ET.Element("nothing")
Parsed = TypeVar("Parsed")


def read_first(
    files: SceneFiles, pattern: str, parse: Callable[[bytes], Parsed], *, warnings: list[str], missing: str = ""
) -> Parsed | None:
    """Parse the first of a scene's files whose path a pattern fits.

    None, told in `warnings`, for one that can't be read; None where there is none, told by `missing` if that is given.
    """
    path = files.find(pattern)
    if path is None:
        warnings += [missing] if missing else []
        return None
    try:
        return parse(files.read(path))
    except SceneError as error:
        warnings.append(f"{path.rpartition('/')[2]} {error}.")
        return None


def read_xml(files: SceneFiles, pattern: str, *, warnings: list[str], missing: str = "") -> ET.Element:
    """Return the root of an XML file as `read_first` finds it, or `NOTHING`."""
    found = read_first(files, pattern, parse_xml, warnings=warnings, missing=missing)
    return NOTHING if found is None else found


def parse_xml(content: bytes) -> ET.Element:
    """Return the root of an XML document. Raises SceneError for one that is none, or that declares entities."""
    text = DOCTYPE.sub("", content.decode(errors="replace").lstrip("\ufeff"), count=1)
    if "<!ENTITY" in text or "<!DOCTYPE" in text:
        raise SceneError("declares entities, which it has no need of")
    try:
        # Its encoding is told no more: it is text by now.
        return ET.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))  # noqa: S314 -- entities were refused above
    except ET.ParseError as error:
        raise SceneError(f"is no XML ({error})") from None


def text_of(root: ET.Element, path: str) -> str:
    """Return the text of the first element at an ElementTree path, `""` where there is none; `{*}` is any namespace."""
    return (root.findtext(path) or "").strip()


def local_name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def number(text: object) -> float | None:
    """Return the finite number that a text says, None of any other text."""
    try:
        value = float(str(text))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def outline_of_gpolygon(metadata: ET.Element) -> dict[str, Any] | None:
    """Return the outline that NASA's metadata (ECHO, CMR) state of a granule; None where they state none."""
    points = metadata.findall(".//GPolygon/Boundary/Point")
    pairs = [[number(text_of(each, f"Point{axis}")) for axis in ("Longitude", "Latitude")] for each in points]
    return polygon_of([[east, north] for east, north in pairs if east is not None and north is not None])


def safe_paths(content: bytes) -> list[str]:
    """Return the paths that the manifest of a SAFE folder names, relative to the folder. Raises SceneError."""
    hrefs = [element.get("href", "") for element in parse_xml(content).iterfind(".//fileLocation")]
    paths = [href.removeprefix("./") for href in hrefs]
    return [path for path in paths if path and ".." not in path.split("/") and "://" not in path]


def parse_json(content: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises SceneError."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise SceneError("is no JSON") from None
    if not isinstance(document, dict):
        raise SceneError("is no JSON object")
    return document


def parse_odl(content: bytes) -> dict[str, Any]:
    """Read ODL, as MTL, ANG and IMD files have it: `GROUP = X … END_GROUP = X`, `name = value`; texts stay texts."""
    root: dict[str, Any] = {}
    stack = [root]
    for name, value in _statements(content.decode(errors="replace")):
        if name in {"GROUP", "BEGIN_GROUP", "OBJECT"}:
            stack.append(stack[-1].setdefault(value, {}))
        elif name in {"END_GROUP", "END_OBJECT"}:
            if len(stack) > 1:
                stack.pop()
        else:
            stack[-1].setdefault(name, value.strip('"'))
    return root


def _statements(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"^[ \t]*(\w+)[ \t]*=[ \t]*(\([^)]*\)|\"[^\"\n]*\"|[^\n;]*)", text, re.MULTILINE):
        yield match[1], match[2].strip()


def xml_groups(element: ET.Element) -> Any:
    """Return XML of nested elements as ODL's groups: names to texts, or to groups."""
    if not len(element):
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for child in element:
        found.setdefault(local_name(child), xml_groups(child))
    return found


def flat(groups: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of nested groups by their names alone, of those that occur twice the first."""
    found: dict[str, str] = {}
    for name, value in groups.items():
        if isinstance(value, Mapping):
            for inner, text in flat(value).items():
                found.setdefault(inner, text)
        else:
            found.setdefault(name, str(value))
    return found
