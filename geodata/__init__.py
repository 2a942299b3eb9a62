"""The Django project: how the site is put together."""

from geodata.celery import app as celery_app

__all__ = ["celery_app"]
