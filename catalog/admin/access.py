from django.contrib import admin, messages
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.models import ApiToken, Membership
from catalog.services.access import create_token


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    list_display = ("name", "user", "prefix", "created", "last_used", "expires")
    list_filter = ("user",)
    search_fields = ("name", "user__username")
    fields = ("user", "name", "expires")

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:  # noqa: ARG002
        return False

    def save_model(self, request: HttpRequest, obj: ApiToken, form: ModelForm[ApiToken], change: bool) -> None:  # noqa: ARG002, FBT001
        token, secret = create_token(user=obj.user, name=obj.name, expires=obj.expires)
        obj.pk = token.pk
        messages.warning(request, f"The token is {secret} — it is shown only now.")


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin[Membership]):
    list_display = ("collection", "user", "role")
    list_filter = ("role",)
    autocomplete_fields = ("collection", "user")
