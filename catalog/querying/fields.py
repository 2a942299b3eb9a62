"""Parts of items that clients ask for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from catalog.conf import limits
from catalog.documents.validation import Document
from catalog.errors import InvalidParameter

DEFAULT = (
    *("type", "stac_version", "id", "collection", "geometry", "bbox", "links", "assets"),
    "properties.datetime",
)
# Without these nobody could tell what is left of an item.
ALWAYS = ("type", "stac_version", "id", "collection")


@dataclass(frozen=True)
class FieldSelection:
    """Paths such as `properties.eo:cloud_cover`. `include` None is everything."""

    include: tuple[str, ...] | None
    exclude: tuple[str, ...] = ()

    @property
    def opened(self) -> frozenset[str]:
        """Return the members of documents of which parts are asked for, or left out."""
        return frozenset(path.split(".")[0] for path in (*(self.include or ()), *self.exclude) if "." in path)

    def apply(self, document: Document) -> Document:
        selected = _copied(document) if self.include is None else _picked(document, [*ALWAYS, *self.include])
        for path in self.exclude:
            _removed(selected, path.split("."))
        return selected


def parse_fields(value: Any, *, name: str, default: tuple[str, ...] = DEFAULT) -> FieldSelection:
    """Read `id,-assets` or `{"include": […], "exclude": […]}`; nothing in particular is a valid document's least."""
    if isinstance(value, str):
        names = [part.strip() for part in value.split(",") if part.strip()]
        exclude = [part.removeprefix("-") for part in names if part.startswith("-")]
        include = [part.removeprefix("+") for part in names if not part.startswith("-")]
        value = {"exclude": exclude, **({"include": include} if include or not exclude else {})}
    if not isinstance(value, dict) or not value.keys() <= {"include", "exclude"}:
        raise InvalidParameter(name, "give an object with include and exclude, lists of paths")
    include, exclude = (_paths(value.get(each), name=name) for each in ("include", "exclude"))
    # What is asked for by name, or a part of it, is not left out.
    exclude = [path for path in exclude if not any(f"{each}.".startswith(f"{path}.") for each in include)]
    everything = bool(exclude) and "include" not in value
    return FieldSelection(include=None if everything else tuple(include) or default, exclude=tuple(exclude))


def _paths(value: Any, *, name: str) -> list[str]:
    paths = [] if value is None else value
    most, longest = limits().max_fields, limits().max_field_characters
    if not isinstance(paths, list) or len(paths) > most:
        raise InvalidParameter(name, f"include and exclude are lists of at most {most} paths")
    if not all(isinstance(path, str) and len(path) <= longest for path in paths):
        raise InvalidParameter(name, f"a path is a text of at most {longest} characters")
    return paths


def _copied(document: Document) -> Document:
    """Copy deeply enough for members to be removed."""
    return {key: _copied(value) if isinstance(value, dict) else value for key, value in document.items()}


def _picked(document: Document, paths: Iterable[str]) -> Document:
    picked: Document = {}
    for path in sorted(set(paths), key=len, reverse=True):
        source, target = document, picked
        *parents, last = path.split(".")
        for parent in parents:
            source = source[parent] if isinstance(source.get(parent), dict) else {}
            target = target.setdefault(parent, {}) if source else {}
        if last in source:
            target[last] = _copied(source[last]) if isinstance(source[last], dict) else source[last]
    return picked


def _removed(document: Any, path: list[str]) -> None:
    *parents, last = path
    for parent in parents:
        document = document.get(parent) if isinstance(document, dict) else None
    if isinstance(document, dict):
        document.pop(last, None)
