"""`render=`: a collection's named rendering in a request's query."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request

from catalog.services.collections.renders import find_render, render_parameters
from tiles.rest import parameters as p

NAME = "render"
RENDER = p.Parameter(NAME, p.STR, "A rendering of the collection's `renders`, in place of its parameters.", "ndvi")


def apply_render(request: Request, *, collection_id: str, with_assets: bool) -> Mapping[str, Any]:
    """Put a named rendering's parameters into the query, where it doesn't say otherwise.

    Raises NotFound for a collection that the user doesn't see, InvalidInput for a name that it doesn't have,
    InvalidParameter for several.
    """
    name, given = RENDER.text(request.query_params), request.query_params.copy()
    del given[NAME]
    render = find_render(user=lambda: request.user, collection_id=collection_id, name=name)
    assets = {"assets": [",".join(render["assets"])]} if with_assets else {}
    query = QueryDict(mutable=True)
    for parameter, texts in {**assets, **render_parameters(render), **dict(given.lists())}.items():
        query.setlist(parameter, texts)
    request._request.GET = query  # type: ignore[assignment]  # noqa: SLF001
    return render
