"""House rules as code: who may import whom, how long a module is, what every task and foreign key has."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pytest
from celery import Task
from django.apps import apps
from django.contrib import admin
from django.db.models import ForeignKey
from django.urls import URLResolver, get_resolver
from rest_framework import mixins

from catalog.admin.rows import ServiceAdmin
from geodata.celery import app as celery_app

ROOT = Path(__file__).parents[1]
# Each may import what stands after it, and nothing before it.
APPS = ("geodata", "frontend", "catalog", "tiles")
# Inside an app, by the first part of a module's path: a lower number may not import a higher one.
LAYERS = {"models": 0, "extraction": 0, "scenes": 0, "remote": 0, "documents": 0, "querying": 1, "services": 2}
UPPER = 3  # api, views, tasks, admin, management, stac …
MAX_LINES = 400
# Of an app, in lines: half of the modules are no longer, so that nobody makes many long ones of few.
MAX_MEDIAN = 120
# The rings of tiles: a module imports from its own and from earlier ones. Each has a package or a module of its name.
RINGS = (
    ("errors", "limits", "process", "stages"),
    ("geo",),
    ("sources",),
    ("sampling",),
    ("styling",),
    ("encoding",),
    ("rendering",),
    ("slides",),
    ("regions",),
    ("mosaics",),
    ("large_image",),
    ("conf",),
    ("rest",),
    ("apps", "checks", "urls", "widgets", "templatetags"),
)
# Those before `conf` are plain Python on arrays and GDAL's datasets.
FIRST_WITH_DJANGO = next(number for number, names in enumerate(RINGS) if "conf" in names)
# Names that several modules of an app have, and why: one thing seen from two sides, or what Django calls so. Any other
# name means one thing.
SHARED_NAMES = {
    "tiles": {
        # What is made of one image, and the same of many.
        **dict.fromkeys(("cutting", "points", "resolving", "statistics", "tile", "values", "zonal"), "image, mosaic"),
        # What is made, and the route that gives it.
        **dict.fromkeys(("associated", "deepzoom", "iiif", "region", "slides", "parameters"), "thing, route"),
        # The routes, and django-large-image's spelling of them.
        **dict.fromkeys(("base", "data", "info", "tiles"), "route, its other spelling"),
        **dict.fromkeys(("errors", "urls"), "an app's, a room's"),
        "description": "an image's metadata, and those as clients read them",
        "references": "what a search's images are, what a file names outside itself",
        "source": "our reader of slides, large-image's class around all our readers",
        "image": "a raster's way to a picture, a slide's",
    },
    "catalog": {
        # What models, services, admin and APIs each have of one thing.
        **dict.fromkeys(
            (
                *("access", "bulk", "collections", "documents", "editing", "files", "filters", "footprints", "imagery"),
                *("ingest", "ingests", "items", "members", "overviews", "renders", "search", "services", "summaries"),
                *(
                    "previews",
                    "queryables",
                    "signatures",
                    "text_index",
                    "tokens",
                    "users",
                    "audit",
                    "watches",
                    "storages",
                    "annotations",
                ),
            ),
            "one thing in several layers",
        ),
        **dict.fromkeys(("errors", "fields", "openapi", "urls", "views"), "an app's, a room's"),
        # Of searches for items, of searches for collections, and of aggregations.
        **dict.fromkeys(("bodies", "counting", "query", "schemas"), "one for each of STAC's extensions"),
        "export": "the route, the command",
        "watch": "the model, the command",
        "text": "the words of a document, CQL2's textual spelling",
        "tiles": "of footprints, of imagery",
    },
    "geodata": {
        "base": "what settings share; Django's name of a database engine",
        "demo": "the room, its command",
        "openid": "signing in, its settings",
    },
    "frontend": {},
}
# What the renderer must run without.
NO_IMPORTS_OF_RENDERER = {"django", "rest_framework", "requests", "catalog", "frontend", "geodata"}
# Rooms of the catalog that know documents, locations and images, and no row of a table.
WITHOUT_MODELS = ("catalog.documents.", "catalog.remote.", "catalog.extraction.", "catalog.scenes.")
# They ask services, which alone write rows; `querying` only reads.
CALL_SERVICES = (
    *(
        "catalog.querying.",
        "catalog.api.",
        "catalog.stac.",
        "catalog.mosaics.",
        "catalog.imagery.",
        "catalog.admin.",
        "catalog.tasks.",
    ),
    *("catalog.management.", "frontend."),
)
WRITES = {
    *("save", "delete", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"),
    *("asave", "adelete", "acreate", "aupdate"),
}
WRITING_MIXINS = {
    mixins.CreateModelMixin: {"create", "perform_create"},
    mixins.UpdateModelMixin: {"partial_update", "perform_update"},
    mixins.DestroyModelMixin: {"destroy", "perform_destroy"},
}
# A function's docstring begins with what it does, not with what it is about: ruff's D401 takes these words for verbs.
NO_VERBS = {
    *("A", "All", "An", "Also", "And", "Any", "Anything", "As", "At", "Both", "But", "By", "Each", "Either", "Every"),
    *("Everything", "For", "From", "Here", "How", "If", "In", "It", "Its", "Likewise", "Neither", "No", "None", "Not"),
    *("Nothing", "Of", "On", "One", "Only", "Or", "Same", "Seconds", "Since", "So", "That", "The", "Their", "There"),
    *("These", "They", "This", "Those", "To", "Two", "What", "When", "Where", "Whether", "Which", "Who", "Whose"),
    *("Why", "With", "Without"),
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# The OpenAPI document shows theirs to clients.
HANDLERS = {"get", "post", "put", "patch", "delete"}
# Of an app's root, where what is about no layer is for everyone (errors, references), what is not: tasks call services,
# which name them to the broker.
NOT_FOR_EVERYONE = {"catalog.tasks"}


def modules() -> dict[str, Path]:
    """Every module of the four apps by its dotted name."""
    found = {}
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            relative = path.relative_to(ROOT)
            if {"migrations", "node_modules"} & set(relative.parts):
                continue
            found[".".join(relative.with_suffix("").parts).removesuffix(".__init__")] = path
    return found


MODULES = modules()


class Module(NamedTuple):
    """What the rules ask of a module, read once."""

    # Dotted names of what it imports, their names included (``from a import b`` gives a and a.b).
    imports: frozenset[str]
    evaluates: tuple[str, ...]
    writes: tuple[str, ...]
    # Functions whose docstrings begin with no verb.
    verbless: tuple[str, ...]


@cache
def read(name: str) -> Module:
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]
    tree = ast.parse(MODULES[name].read_text())
    nodes = list(ast.walk(tree))
    return Module(
        imports=frozenset(target for node in nodes for target in _targets(node, package)),
        evaluates=tuple(_evaluated_by(nodes)),
        writes=tuple(_written_by(tree)),
        verbless=tuple(_verbless(nodes)),
    )


def imports_of(name: str) -> frozenset[str]:
    return read(name).imports


def offenders(names: Iterable[str], what_is_wrong: Callable[[str], object]) -> dict[str, object]:
    """Return what is wrong with modules, by name: of all at once, since a test for each costs more than it says."""
    names = list(names)
    assert names
    return {name: wrong for name in names if (wrong := what_is_wrong(name))}


def _targets(node: ast.AST, package: str) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def layer(name: str) -> int:
    parts = name.split(".")
    return LAYERS.get(parts[1], UPPER) if len(parts) > 1 else UPPER


def imports_among(roots: Iterable[str]) -> Callable[[str], list[str]]:
    """Return what gives a module's imports of some packages, by their first names."""
    return lambda name: sorted(target for target in imports_of(name) if target.split(".")[0] in set(roots))


@pytest.mark.parametrize("app", APPS[1:])
def test_modules_import_no_app_above_their_own(app):
    own = [name for name in MODULES if name.split(".")[0] == app]
    assert not offenders(own, imports_among(APPS[: APPS.index(app)]))


def _of_upper_layers(name: str) -> list[str]:
    app = name.partition(".")[0]
    return sorted(
        target
        for target in imports_of(name)
        if target in MODULES
        and target.startswith(f"{app}.")
        and target.count(".")
        and layer(target) > layer(name)
        and not (target.count(".") == 1 and MODULES[target].name != "__init__.py" and target not in NOT_FOR_EVERYONE)
    )


def test_modules_of_lower_layers_import_no_upper_one():
    assert not offenders((name for name in MODULES if layer(name) < UPPER), _of_upper_layers)


def ring(name: str) -> int:
    """Return the place of a module of tiles among the rings; the package itself is the innermost."""
    _, _, inside = name.partition(".")
    room = inside.split(".")[0]
    return next((number for number, names in enumerate(RINGS) if room in names), -1 if not room else len(RINGS))


IN_TILES = [name for name in MODULES if name.split(".")[0] == "tiles"]


def _of_later_rings(name: str) -> list[str]:
    return sorted(target for target in imports_of(name) if target in MODULES and ring(target) > ring(name))


def test_modules_of_tiles_lie_in_rings_and_import_no_later_one():
    outside = [name for name in IN_TILES if ring(name) >= len(RINGS)]
    assert not outside, "they are in none of the rings: put them into packages of these"
    assert not offenders(IN_TILES, _of_later_rings)


def test_modules_below_the_routes_know_no_web():
    below = (name for name in IN_TILES if ring(name) < FIRST_WITH_DJANGO)
    assert not offenders(below, imports_among(NO_IMPORTS_OF_RENDERER))


@pytest.mark.parametrize("app", APPS)
def test_names_of_modules_mean_one_thing(app):
    places: dict[str, list[str]] = {}
    for name in MODULES:
        if name.split(".")[0] == app:
            places.setdefault(name.rpartition(".")[2], []).append(name)
    twice = {name: found for name, found in places.items() if len(found) > 1 and name not in SHARED_NAMES[app]}
    assert not twice, f"{twice}: name them apart, or say in SHARED_NAMES why they are named alike"


@pytest.mark.parametrize("app", APPS)
def test_modules_are_short_at_the_median(app):
    own = [path.read_text().count("\n") for name, path in MODULES.items() if name.split(".")[0] == app]
    assert median([lines for lines in own if lines > 10]) <= MAX_MEDIAN


def _of_models(name: str) -> list[str]:
    return sorted(target for target in imports_of(name) if f"{target}.".startswith(("catalog.models.", "django.db.")))


def test_modules_about_documents_locations_or_images_import_no_models():
    assert not offenders((name for name in MODULES if name.startswith(WITHOUT_MODELS)), _of_models)


def test_renderer_reaches_no_web_framework():
    if "tiles.rendering.tile" not in MODULES:
        pytest.fail("tiles.rendering.tile is not there")
    seen, waiting = set(), ["tiles.rendering.tile"]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        wrong = {target for target in imports_of(name) if target.split(".")[0] in NO_IMPORTS_OF_RENDERER}
        assert not wrong, f"{name}, which tiles.rendering.tile needs, imports {wrong}"
        waiting += [target for target in imports_of(name) if target in MODULES and target != "tiles"]


def test_modules_are_short_enough_to_read():
    lines = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    too_long = {name: count for name, count in lines.items() if count > MAX_LINES}
    assert not too_long, "split them by what their parts are about"


def _evaluated_by(nodes: Iterable[ast.AST]) -> Iterator[str]:
    calls = (node for node in nodes if isinstance(node, ast.Call))
    named = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
    yield from sorted(named & {"eval", "exec", "compile"})


def test_modules_evaluate_no_text():
    assert not offenders(MODULES, lambda name: read(name).evaluates)


def _verbless(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for function in nodes:
        if isinstance(function, FUNCTIONS) and function.name not in HANDLERS:
            word = (ast.get_docstring(function) or "Return").split()[0]
            if word in NO_VERBS or not word[0].isupper() or "'" in word:
                yield f"{function.name}: {word}"


def test_docstrings_of_functions_begin_with_a_verb():
    assert not offenders(MODULES, lambda name: read(name).verbless)


def _written_by(tree: ast.AST) -> Iterator[str]:
    """Names of the calls that write rows. A QuerySet's `update` takes keywords alone, a dictionary's something else."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = node.func.attr
            if name in WRITES or (name == "update" and node.keywords and not node.args):
                yield f"{name}, line {node.lineno}"


def _of_upper_rooms(name: str) -> list[str]:
    return sorted(
        target
        for target in imports_of(name)
        if target in MODULES and target.startswith("catalog.") and layer(target) == UPPER and target.count(".") > 1
        if not target.startswith("catalog.admin.")
    )


def test_tasks_and_admin_ask_services_alone():
    own = (name for name in MODULES if f"{name}.".startswith(("catalog.tasks.", "catalog.admin.")))
    assert not offenders(own, _of_upper_rooms)


def test_views_admin_tasks_and_commands_leave_writing_to_services():
    callers = (name for name in MODULES if f"{name}.".startswith(CALL_SERVICES))
    assert not offenders(callers, lambda name: read(name).writes)


# Functions of services that write rows and record nothing: what nobody asks for, or what is part of what another one
# records. Whoever adds one here says why.
UNRECORDED = {
    "find_token": "when a token was last used",
    "follow_groups": "makes groups for `set_groups`, which records who is in them",
    "ask_verification": "that a file waits to be read, which records what it finds",
    **dict.fromkeys(("follow_items", "_count", "recount", "widen_extent", "narrow_extent"), "sums of what is recorded"),
    **dict.fromkeys(("follow_tally", "tally_anew", "_merge", "_write"), "sums of what is recorded"),
    "reserve_upload": "room for what `store_upload` records",
    "_share_object": "where an upload lies that `store_upload` records",
    "remove_old_jobs": "sources of jobs whose deletion is recorded",
    **dict.fromkeys(("_drop_object", "delete_dropped_objects"), "objects of files whose deletion is recorded"),
    **dict.fromkeys(("store_blob", "save_whole", "delete_file", "release_file"), "files of items, which are recorded"),
    **dict.fromkeys(
        ("adopt_upload", "admit", "write_imagery_item", "_read_assets", "_read_variables", "_variable_row"),
        "files of items, which are recorded",
    ),
    **dict.fromkeys(("move_blob", "join_uploads"), "files of items, which are recorded"),
    **dict.fromkeys(("_add_batch", "_note", "add_sources"), "sources of an ingest that is recorded"),
    **dict.fromkeys(
        (
            "compare_page",
            "settle_files",
            "note_watched_item",
            "_keep",
            "_claim",
            "_release",
            "start_crawl",
            "_resume",
            "resume_paused",
            "_look_after_lost",
        ),
        "how far a crawl has come, and what it found; what it does to items is recorded",
    ),
    **dict.fromkeys(("open_file", "find_or_make_files", "_own_file"), "files of items, which are recorded"),
    **dict.fromkeys(
        (
            "finish_ended_jobs",
            "dispatch_sources",
            "redispatch_lost_sources",
            "claim_source",
            "claim_beside",
            "_beat",
            "_finish",
        ),
        "how far workers have come",
    ),
    **dict.fromkeys(
        ("claim_refresh", "finish_refresh", "release_refresh", "store_overview", "_drop", "_delete_blobs"),
        "what workers prepare",
    ),
    "_add_owner": "for `register_search`, which records it",
}
RECORDERS = {"record", "_record", "record_account"}


def _functions_of_services() -> Iterator[tuple[str, ast.FunctionDef]]:
    for name, path in MODULES.items():
        if name.startswith("catalog.services.") and name != "catalog.services.audit":
            nodes = ast.walk(ast.parse(path.read_text()))
            yield from ((name, node) for node in nodes if isinstance(node, ast.FunctionDef))


def _called_by(tree: ast.AST) -> set[str]:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.id for function in calls if isinstance(function, ast.Name)}


def test_services_record_what_they_write():
    writing = [(module, function) for module, function in _functions_of_services() if list(_written_by(function))]
    wrong = [
        f"{module}.{function.name}"
        for module, function in writing
        if function.name not in UNRECORDED and _called_by(function).isdisjoint(RECORDERS)
    ]
    assert not wrong, f"{wrong} write rows: record who did it, or say in UNRECORDED why not"
    assert not UNRECORDED.keys() - {function.name for _, function in writing}, "are these still there?"


# Whose rows the site's own services write.
OWN_MODELS = [model for model in apps.get_models() if model._meta.app_label in {"catalog", "auth"}]


@pytest.mark.parametrize("model", OWN_MODELS)
def test_admin_of_each_model_writes_by_services(model):
    if not admin.site.is_registered(model):
        return
    own = type(admin.site.get_model_admin(model))
    named = {name for parent in own.__mro__ if parent.__module__.startswith("catalog.") for name in vars(parent)}
    assert {"remove", "delete_model", "delete_queryset"} <= named, "as its rows are deleted"
    assert named & {"save_model", "has_add_permission"}, "as its rows are made"
    assert named & {"save_model", "has_change_permission"}, "as its rows are changed"
    theirs = {name: getattr(own, name) for name in ("delete_model", "delete_queryset")}
    assert theirs == {name: getattr(ServiceAdmin, name) for name in theirs}, "as its rows are deleted: by `remove`"
    assert "save_formset" in named or all(inline.can_delete is False for inline in own.inlines)


def _views(patterns: Any) -> Iterator[type]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        elif view := getattr(pattern.callback, "cls", None):
            yield view


def test_generic_views_write_by_services():
    """Of the views that DRF has write rows by itself."""
    found = [view for view in _views(get_resolver().url_patterns) if view.__module__.split(".")[0] in APPS]
    assert found
    for view in found:
        for mixin, methods in WRITING_MIXINS.items():
            if issubclass(view, mixin):
                makers = {name for name in methods if getattr(view, name) is not getattr(mixin, name)}
                assert makers, f"{view.__name__} overrides none of {methods}"


def own_tasks() -> list["Task[Any, Any]"]:
    celery_app.loader.import_default_modules()
    return [task for name, task in celery_app.tasks.items() if name.split(".")[0] in APPS]


def test_tasks_all_survive_a_lost_worker_and_end():
    tasks = own_tasks()
    assert tasks
    for task in tasks:
        assert task.acks_late, f"{task.name} has no acks_late"
        hard = task.time_limit or celery_app.conf.task_time_limit
        soft = task.soft_time_limit or celery_app.conf.task_soft_time_limit
        assert hard, f"{task.name} has no time_limit"
        assert soft, f"{task.name} has no soft_time_limit"
        assert soft < hard, f"{task.name}: the soft limit comes first"


def test_beat_schedule_names_tasks_that_exist():
    names = {task.name for task in own_tasks()}
    assert {entry["task"] for entry in celery_app.conf.beat_schedule.values()} <= names


def test_foreign_keys_all_have_a_related_name():
    own = [model for model in apps.get_models() if model._meta.app_label in APPS]
    assert own
    for model in own:
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey) and field.model is model:
                assert field.remote_field.related_name, f"{model.__name__}.{field.name} has no related_name"
