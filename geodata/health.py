"""Whether this process lives (``/healthz``) and whether it can do its work (``/readyz``)."""

import logging
from collections.abc import Callable
from uuid import uuid4

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer that the process lives: a supervisor need not start it again. Nothing else is asked."""
    del request
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer whether database, Redis and storage do, so that work may be sent here; 503 names those that don't.

    It also says of each what to do, and of a database whether it lacks migrations.
    """
    del request
    failed = [name for name, check in CHECKS.items() if not _passes(name, check)]
    if "database" not in failed and not _passes("migrations", _check_migrations):
        failed.append("migrations")
    if failed:
        description = f"These do not answer: {', '.join(failed)}."
        advice = {name: ADVICE[name] for name in failed}
        return JsonResponse(
            {"code": "NotReady", "description": description, "failed": failed, "advice": advice}, status=503
        )
    return JsonResponse({"status": "ok", "checked": list(CHECKS)})


def _passes(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception:
        # Whatever a driver raises, the answer is the same; the reason is for the log, not for the public.
        logger.exception("The %s is not ready", name)
        return False
    return True


def _check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _check_migrations() -> None:
    """Raise where the code knows migrations that the database hasn't had; once it had all, it is not asked again."""
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise RuntimeError("The database lacks migrations")
        _migrated.append(True)


def _check_cache() -> None:
    cache.get("readyz")


def _check_storage() -> None:
    """Ask for an object that is not there: both a folder and a bucket have to answer."""
    default_storage.exists(f"readyz-{uuid4()}")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _check_database,
    "redis": _check_cache,
    "storage": _check_storage,
}
# What to do, without what only the log may say: addresses and reasons.
ADVICE = {
    "database": "Is the server of DATABASE_URL up, and may this machine reach it? The log has its words.",
    "migrations": "The database is older than this code: run manage.py migrate.",
    "redis": "Is the server of REDIS_URL up? Without it tiles are rendered anew and nothing is ingested.",
    "storage": "Does GEODATA_STORAGE_URL name a folder that can be read, or a bucket that these keys open?",
}
# Something, once the database was found to have had all migrations.
_migrated: list[bool] = []
