"""Show a file's image below its file input, in any form and in the admin."""

from typing import Any

from django.contrib.admin.widgets import AdminFileWidget
from django.forms import ClearableFileInput, Media, Script
from django.urls import NoReverseMatch, reverse

# The file input itself: laid out as the admin does, where the admin is installed.
INPUT_TEMPLATES = [AdminFileWidget.template_name, ClearableFileInput.template_name]


class ImageViewerInput(AdminFileWidget):
    """Render the admin's file input, and an interactive viewer of the file that is there already.

    ::

    class PictureAdmin(admin.ModelAdmin):
        def formfield_for_dbfield(self, field, request, **options):
            if field.name == "file":
                options["widget"] = ImageViewerInput(url_name="picture-tilejson")
            return super().formfield_for_dbfield(field, request, **options)

    ``url_name``: the route of the TileJSON, whose argument is the object's primary key.
    """

    template_name = "tiles/viewer_input.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, url_name: str) -> None:
        super().__init__(attrs)
        self.url_name = url_name

    @property
    def media(self) -> Media:
        return Media(css={"all": ["tiles/viewer.css"]}, js=[Script("tiles/viewer.js", type="module")])  # type: ignore[list-item]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"tilejson": self.tilejson(value), "input_templates": INPUT_TEMPLATES}
        return context

    def tilejson(self, value: Any) -> str:
        """Return the address of the file's TileJSON; empty while there is no file."""
        pk = getattr(getattr(value, "instance", None), "pk", None)
        if not value or pk is None:
            return ""
        try:
            return reverse(self.url_name, args=[pk])
        except NoReverseMatch:
            return ""
