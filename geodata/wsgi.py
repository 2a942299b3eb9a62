"""The WSGI application that granian serves, in a process that confines itself."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from geodata.addresses import below_prefix
from geodata.confinement.walls import confine_process, log_walls

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geodata.settings.embedded")
# Before the libraries of imagery are imported: threads that they start are confined too.
confine_process()

from geodata.observing.requests import followed  # noqa: E402

application = followed(below_prefix(get_wsgi_application()))
# The routes import what the first request would wait for, and whoever watches the process would take for a halt.
assert get_resolver().url_patterns
log_walls()
