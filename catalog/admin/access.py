"""Tokens and members of collections in the admin."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils import timezone

from catalog.admin.rows import ServiceAdmin
from catalog.errors import Conflict
from catalog.models import ApiToken, Collection, Membership
from catalog.services.access.members import (
    Member,
    Roles,
    change_members,
    check_owner_stays,
    is_of,
    members_by_collection,
)
from catalog.services.access.tokens import Expiry, create_token, revoke_token


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
class ApiTokenAdmin(ServiceAdmin):
    list_display = ("name", "user", "scope", "prefix", "created", "last_used", "expires")
    list_filter = ("scope", "user")
    search_fields = ("name", "user__username")
    form = ApiTokenForm
    fields = ("user", "name", "scope", "expires")

    def remove(self, rows: Iterable[ApiToken]) -> None:
        for token in rows:
            revoke_token(token)

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


def check_members(collection_id: str, *, roles: Roles, gone: set[Member]) -> None:
    """Raise a form's ValidationError where the collection would lose its last owner."""
    try:
        check_owner_stays(collection_id, roles=roles, gone=gone)
    except Conflict as error:
        raise ValidationError(error.message) from None


class MembershipForm(ModelForm[Membership]):
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk and "role" in cleaned:
            roles = {member_of(self.instance): cleaned["role"]}
            check_members(self.instance.collection_id, roles=roles, gone=set())
        return cleaned


def member_of(membership: Membership) -> Member:
    return Member(user_id=membership.user_id, group_id=membership.group_id)


@admin.register(Membership)
class MembershipAdmin(ServiceAdmin):
    list_display = ("collection", "user", "group", "role")
    list_filter = ("role", "group")
    autocomplete_fields = ("collection", "user", "group")
    form = MembershipForm

    def remove(self, rows: Iterable[Membership]) -> None:
        for collection_id, members in members_by_collection(rows).items():
            change_members(collection_id, roles={}, gone=members)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:  # noqa: ARG002
        return ("collection", "user", "group") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: ModelForm[Membership], change: bool) -> None:  # noqa: ARG002, FBT001
        change_members(obj.collection_id, roles={member_of(obj): obj.role})
        obj.pk = Membership.objects.get(is_of(member_of(obj)), collection_id=obj.collection_id).pk

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuse to delete the last owners of a collection, as what other rows need is refused."""
        to_delete, counts, permissions, protected = super().get_deleted_objects(objs, request)
        for collection_id, members in members_by_collection(objs).items():
            try:
                check_owner_stays(collection_id, roles={}, gone=members)
            except Conflict as error:
                protected = [*protected, f"{collection_id}: {error.message}"]
        return to_delete, counts, permissions, protected


class MembershipFormSet(BaseInlineFormSet[Membership, Collection, ModelForm[Membership]]):
    """The members on a collection's page."""

    def clean(self) -> None:
        super().clean()
        if self.instance.pk and not any(self.errors):
            roles, gone = self.changes()
            check_members(self.instance.pk, roles=roles, gone=gone)

    def changes(self) -> tuple[dict[Member, str], set[Member]]:
        """Return the roles that members shall have, and those who shall have none any more."""
        roles: dict[Member, str] = {}
        gone: set[Member] = set()
        for form in self.forms:
            before = Member(user_id=form.initial.get("user"), group_id=form.initial.get("group"))
            if before != Member() and (form in self.deleted_forms or {"user", "group"} & set(form.changed_data)):
                gone.add(before)
            if form.has_changed() and form not in self.deleted_forms:
                user, group = form.cleaned_data.get("user"), form.cleaned_data.get("group")
                after = Member(user_id=user and user.pk, group_id=group and group.pk)
                roles[after] = form.cleaned_data["role"]
        return roles, gone


class MembershipInline(admin.TabularInline[Membership, Collection]):
    model = Membership
    extra = 0
    autocomplete_fields = ("user", "group")
    formset = MembershipFormSet
