from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest

from dragops_site import audit
from dragops_site.accounts.models import ApiToken, AuditEntry, User
from dragops_site.accounts.roles import Role
from dragops_site.accounts.tokens import revoke_token
from dragops_site.adminbase import HistoryAdmin, each
from dragops_site.pages import person


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "role")
        field_classes = {"email": forms.EmailField}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"
        field_classes = {"email": forms.EmailField}

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class PeopleAdmin(UserAdmin):
    form = UserForm
    add_form = NewUserForm
    ordering = ("email",)
    list_display = ("email", "role", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("role", "is_active", "is_staff", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password", "role")}),
        ("Name", {"fields": ("first_name", "last_name")}),
        (
            "Administration",
            {
                "fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions"),
                "classes": ("collapse",),
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    # Roles, and whether an account is open, are changed on the page of people, which never leaves the server without an
    # admin.
    readonly_fields = ("role", "is_active", "is_superuser", "last_login", "date_joined")
    add_fieldsets = ((None, {"fields": ("email", "role", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        return tuple(self.readonly_fields) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def log_addition(self, request: HttpRequest, obj: User, message: Any) -> Any:
        audit.record(person(request), "created account", obj, detail=obj.role)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:
        audit.record(person(request), "changed account", obj)
        return super().log_change(request, obj, message)


@admin.register(ApiToken)
class ApiTokenAdmin(HistoryAdmin):
    list_display = ("name", "user", "role", "start", "state", "expires_at", "used_at")
    list_select_related = ("user",)
    list_filter = ("role",)
    search_fields = ("name", "user__email")
    hidden = ("digest",)
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["view"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        each(self, request, tokens, Role.ADMIN, lambda token: revoke_token(token, person(request)), "revoked")


@admin.register(AuditEntry)
class AuditEntryAdmin(HistoryAdmin):
    list_display = ("at", "actor", "verb", "target_type", "target_name", "detail", "address")
    list_filter = ("target_type",)
    search_fields = ("actor", "verb", "target_name", "detail")
