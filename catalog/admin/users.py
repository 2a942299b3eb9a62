"""Accounts and groups in the admin."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group, User
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.admin.rows import ServiceAdmin
from catalog.errors import Conflict
from catalog.services.access.users import (
    check_collections_stay_owned,
    remove_groups,
    remove_users,
    write_group,
    write_user,
)

# As Django registered them.
admin.site.unregister([User, Group])


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # Not generic at run time.
    def set_password_and_save(self, user: User, *args: Any, **kwargs: Any) -> User:
        changed: User = super().set_password_and_save(user, *args, **{**kwargs, "commit": False})  # type: ignore[misc]
        write_user(changed)
        return changed


@admin.register(User)
class AccountAdmin(ServiceAdmin, UserAdmin):  # type: ignore[type-arg]
    """Refuses to delete the last owner of a collection, with a sentence that names it."""

    change_password_form = PasswordForm

    def remove(self, rows: Iterable[User]) -> None:
        remove_users(rows)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm[User], change: bool) -> None:  # noqa: ARG002, FBT001
        given = form.cleaned_data
        write_user(obj, groups=given.get("groups"), permissions=given.get("user_permissions"))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        to_delete, counts, permissions, protected = super().get_deleted_objects(objs, request)
        try:
            check_collections_stay_owned(objs)
        except Conflict as error:
            protected = [*protected, error.message]
        return to_delete, counts, permissions, protected


@admin.register(Group)
class TeamAdmin(ServiceAdmin, GroupAdmin):
    def remove(self, rows: Iterable[Group]) -> None:
        remove_groups(rows)

    def save_model(self, request: HttpRequest, obj: Group, form: ModelForm[Group], change: bool) -> None:  # noqa: ARG002, FBT001
        write_group(obj, permissions=form.cleaned_data.get("permissions"))
