from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from catalog.models import ApiToken, Membership
from catalog.services.access.tokens import Expiry, create_token
from catalog.services.collections.versions import mark_changed


class ApiTokenForm(ModelForm[ApiToken]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "scope" in self.fields:  # A page that only shows has none.
            self.fields["scope"].required = False

    def clean_scope(self) -> str:
        return self.cleaned_data["scope"] or ApiToken.Scope.ADMIN

    def clean_expires(self) -> datetime | None:
        expires: datetime | None = self.cleaned_data["expires"]
        if expires and expires <= timezone.now():
            raise ValidationError("A token expires in the future.")
        return expires


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    list_display = ("name", "user", "scope", "prefix", "created", "last_used", "expires")
    list_filter = ("scope", "user")
    search_fields = ("name", "user__username")
    form = ApiTokenForm
    fields = ("user", "name", "scope", "expires")

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:  # noqa: ARG002
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        # Who could make tokens of others would be whom they like.
        if db_field.name == "user" and not request.user.is_superuser:
            kwargs["queryset"] = User.objects.filter(username=request.user.get_username())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: ModelForm[ApiToken], change: bool) -> None:  # noqa: ARG002, FBT001
        token, secret = create_token(
            user=obj.user, name=obj.name, expires=obj.expires or Expiry.DEFAULT, scope=obj.scope
        )
        obj.pk = token.pk
        messages.warning(request, f"The token is {secret} — it is shown only now.")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ("collection", "user", "role")
    list_filter = ("role",)
    autocomplete_fields = ("collection", "user")

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm[Membership], change: bool) -> None:  # noqa: FBT001
        super().save_model(request, obj, form, change)
        mark_changed(obj.collection_id)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        super().delete_model(request, obj)
        mark_changed(obj.collection_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset:
            self.delete_model(request, membership)
