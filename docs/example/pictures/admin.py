from django.contrib import admin

from pictures.models import Picture

admin.site.register(Picture)
