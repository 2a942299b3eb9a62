"""Make the routes of imagery, below whatever prefix names it, from the actions of its views."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.urls import URLPattern, path, re_path

from tiles.rest.data import DataMixin
from tiles.rest.info import InfoMixin
from tiles.rest.services import ServicesMixin
from tiles.rest.slides import SlidesMixin
from tiles.rest.tile import EXTENSION, TilesMixin

# Asked for by far the most.
FIRST = ("matrix_set_tile", "tile")
# What routes are called that aren't called as their actions are.
NAMES: Mapping[str, str] = MappingProxyType({"matrix_set_tilejson": "tileset-tilejson"})


def imagery_urls(viewset: type[Any], *, name: str = "imagery") -> list[URLPattern]:
    """Return patterns for a viewset with `InfoMixin`, `TilesMixin` and `DataMixin`, named ``{name}-tile`` and so on.

    ``path("tiles/<str:item>/", include(imagery_urls(ItemImagery)))``
    """
    summary = path("", viewset.as_view({"get": "summary"}, detail=True), name=name)
    return [summary, *action_urls(viewset, InfoMixin, TilesMixin, DataMixin, name=name)]


def services_urls(viewset: type[Any], *, name: str) -> list[URLPattern]:
    """Return patterns for a viewset with `TilesMixin` and `ServicesMixin`, named ``{name}-wmts`` and so on."""
    return action_urls(viewset, ServicesMixin, name=name)


def slides_urls(viewset: type[Any], *, name: str) -> list[URLPattern]:
    """Return patterns for a viewset with `SlidesMixin`, named ``{name}-iiif-info`` and so on."""
    return action_urls(viewset, SlidesMixin, name=name)


def action_urls(
    viewset: type[Any], *mixins: type[Any], name: str, names: Mapping[str, str] = NAMES
) -> list[URLPattern]:
    """Return a pattern for each action of a viewset that these mixins declare.

    Args:
        name: what the routes' names begin with.
        names: how they go on, by action, where that isn't as the action is called.
    """
    declared = {each for mixin in mixins for each in dir(mixin)}
    actions = [each for each in viewset.get_extra_actions() if each.__name__ in declared and each.__name__ != "summary"]
    found = [
        re_path(
            f"^{each.url_path}$",
            viewset.as_view(dict(each.mapping), detail=True),
            name=f"{name}-{names.get(each.__name__, each.url_name)}",
        )
        for each in sorted(actions, key=lambda each: each.__name__ not in FIRST)
    ]
    plain = [
        # Tiles without an extension, TiTiler's other spelling: the same, so no schema names them.
        re_path(
            f"^{each.url_path.removesuffix(EXTENSION)}$",
            viewset.as_view(dict(each.mapping), detail=True, schema=None),
            name=f"{name}-{names.get(each.__name__, each.url_name)}-plain",
        )
        for each in actions
        if each.__name__ in FIRST
    ]
    return [*found, *plain]
