"""Share components among operations and describe every response: a hook of drf-spectacular.

``SPECTACULAR_SETTINGS = {"POSTPROCESSING_HOOKS": [..., "tiles.rest.openapi.share_components"]}``
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from tiles.rest.responses import MEANINGS

Document = dict[str, Any]
# Where an object stands, what it is there, and what it may be called.
Place = tuple[Any, Any, str]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def share_components(result: Document, **_: Any) -> Document:
    """Move parameters and errors that several operations have into the document's components."""
    operations = [path[method] for path in result["paths"].values() for method in METHODS if method in path]
    for each in operations:
        _describe_responses(each)
    parameters = [
        (each["parameters"], number, str(found["name"]))
        for each in operations
        for number, found in enumerate(each.get("parameters", ()))
    ]
    errors = [
        (each["responses"], status, f"error_{status}")
        for each in operations
        for status in each["responses"]
        if str(status) >= "300"
    ]
    _share(result, "parameters", parameters)
    _share(result, "responses", errors)
    return result


def _describe_responses(operation: Document) -> None:
    """Describe each response that has no description by what its status means."""
    for status, response in operation["responses"].items():
        if not response.get("description"):
            meaning = MEANINGS.get(int(status)) or operation.get("summary")
            response["description"] = meaning or f"{HTTPStatus(int(status)).phrase}."


def _share(result: Document, kind: str, places: Iterable[Place]) -> None:
    found = [(holder, key, name, json.dumps(holder[key], sort_keys=True, default=str)) for holder, key, name in places]
    counts = Counter(text for *_, text in found)
    names: dict[str, str] = {}
    components = result.setdefault("components", {}).setdefault(kind, {})
    for holder, key, name, text in found:
        if counts[text] == 1:
            continue
        if text not in names:
            names[text] = _free(re.sub(r"[^\w.-]", "_", name, flags=re.ASCII), components)
            components[names[text]] = holder[key]
        holder[key] = {"$ref": f"#/components/{kind}/{names[text]}"}


def _free(name: str, taken: Document) -> str:
    """Return the name, numbered if others mean something else by it."""
    number = 1
    while (numbered := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return numbered
