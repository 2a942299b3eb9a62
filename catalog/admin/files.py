from django.contrib import admin

from catalog.admin.read_only import ReadOnlyAdmin
from catalog.models import ChecksumFile


@admin.register(ChecksumFile)
class ChecksumFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "collection", "size", "media_type", "owner", "created")
    list_filter = ("collection", "media_type")
    search_fields = ("name", "url", "checksum")
