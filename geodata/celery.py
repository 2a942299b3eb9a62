"""The Celery application: ``celery -A geodata worker``."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geodata.settings.embedded")

app = Celery("geodata")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _confine(**_: Any) -> None:
    """Confine each process of a worker before its first task; the worker itself reads no file of anybody's."""
    from geodata.confinement.walls import confine_process, log_walls  # noqa: PLC0415  Settings must be named first.

    confine_process()
    log_walls()
