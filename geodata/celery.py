"""The Celery application: ``celery -A geodata worker``."""

import os
import resource
from typing import Any

from celery.signals import task_postrun, task_prerun, worker_process_init

from geodata.observing.logs import FollowedCelery, begin_task, end_task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geodata.settings.embedded")

app = FollowedCelery("geodata")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Celery's own line about a task's end still belongs to it.
task_prerun.connect(begin_task)
task_postrun.connect(end_task)


@worker_process_init.connect
def _confine(**_: Any) -> None:
    """Confine each process of a worker before its first task; the worker itself reads no file of anybody's."""
    from django.conf import settings  # noqa: PLC0415  Settings must be named first.

    from geodata.confinement.walls import confine_process, log_walls  # noqa: PLC0415

    # What a file makes readers ask for beyond it, they are not given: they fail, and the machine goes on.
    resource.setrlimit(resource.RLIMIT_DATA, (settings.INGEST_MEMORY_BYTES, settings.INGEST_MEMORY_BYTES))
    confine_process()
    log_walls()
