"""The ASGI application, for servers that speak it, in a process that confines itself."""

import os

from django.core.asgi import get_asgi_application

from geodata.confinement.walls import confine_process, log_walls

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geodata.settings.embedded")
confine_process()
application = get_asgi_application()
log_walls()
