"""Storages in the admin: what opens one is written, and never shown."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from catalog.admin.rows import ServiceAdmin
from catalog.errors import CatalogError
from catalog.models import Storage
from catalog.services.storages.editing import checked_place, remove_storages, write_storage
from catalog.services.storages.secrets import NAMES


class StorageForm(forms.ModelForm[Storage]):
    events_secret = forms.CharField(
        required=False, min_length=16, max_length=256, widget=forms.PasswordInput,
        help_text="What the store's events are signed with. Empty: as it was.",
    )  # fmt: skip
    forget_credentials = forms.BooleanField(required=False, help_text="Forget those that were given here.")

    class Meta:
        model = Storage
        fields = (
            "name", "href", "endpoint", "region", "requester_pays", "anonymous", "credentials_env", "sas_url",
            "connections", "requests", "is_open", "collections",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAMES:
            self.fields[name] = forms.CharField(
                required=False, max_length=8192, widget=forms.PasswordInput, help_text="Empty: as it was."
            )
        if self.instance.created:
            self.fields["href"].disabled = True

    def clean_href(self) -> str:
        try:
            return checked_place(self.cleaned_data["href"])
        except CatalogError as error:
            raise ValidationError(error.message) from None

    def values(self) -> dict[str, Any]:
        """Return what was given, as the service takes it."""
        values = {name: self.cleaned_data[name] for name in self.Meta.fields if name not in {"href", "collections"}}
        values["collections"] = [collection.pk for collection in self.cleaned_data["collections"]]
        credentials = {name: self.cleaned_data[name] for name in NAMES if self.cleaned_data.get(name)}
        if credentials or self.cleaned_data["forget_credentials"]:
            values["credentials"] = credentials
        if self.cleaned_data["events_secret"]:
            values["events_secret"] = self.cleaned_data["events_secret"]
        return values


@admin.register(Storage)
class StorageAdmin(ServiceAdmin):
    form = StorageForm
    list_display = ("name", "href", "is_open", "anonymous", "updated")
    search_fields = ("name", "href")
    filter_horizontal = ("collections",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        of_credentials = ("credentials_env", *NAMES, "forget_credentials", "sas_url", "events_secret")
        plain = [name for name in StorageForm.Meta.fields if name not in of_credentials]
        return [(None, {"fields": plain}), ("What opens it", {"fields": of_credentials})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002
        kwargs["fields"] = StorageForm.Meta.fields
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Storage, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        write_storage(obj, form.values(), user=request.user)

    def save_related(self, request: Any, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Leave the collections to the service, which has written them."""

    def remove(self, rows: Iterable[Storage]) -> None:
        remove_storages(rows)
