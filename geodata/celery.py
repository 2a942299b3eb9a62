"""The Celery application: ``celery -A geodata worker``."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geodata.settings.embedded")

app = Celery("geodata")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
