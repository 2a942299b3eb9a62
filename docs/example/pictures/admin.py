from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.forms import Field as FormField
from django.http import HttpRequest

from pictures.models import Picture
from tiles.widgets import ImageViewerInput


@admin.register(Picture)
class PictureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: HttpRequest | None, **options: Any
    ) -> FormField | None:
        if db_field.name == "file":
            options["widget"] = ImageViewerInput(url_name="picture-tilejson")
        return super().formfield_for_dbfield(db_field, request, **options)
