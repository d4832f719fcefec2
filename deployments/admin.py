from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from deployments.actions import delete_connection, delete_environment, pause, resume, undeploy
from deployments.models import (
    CapturedRequest,
    Connection,
    Delivery,
    Deployment,
    Environment,
    EnvironmentSecret,
    EnvironmentVariable,
    Notice,
    Schedule,
    Tap,
    Tick,
    Version,
    WebhookRequest,
    WebhookSecret,
    WebhookSecurity,
)
from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.adminbase import HistoryAdmin, among_newest, each, long_text


@admin.register(Version)
class VersionAdmin(HistoryAdmin):
    list_display = ("pattern_name", "number", "trigger_type", "response_mode", "created_at", "created_by")
    list_filter = ("trigger_type", "response_mode", "created_at")
    list_select_related = ("pattern", "created_by")
    search_fields = ("pattern__name", "=pattern__id", "=id")
    ordering = ("-created_at", "-number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Version]:
        return super().get_queryset(request).defer("pattern__graph")


@admin.register(Deployment)
class DeploymentAdmin(HistoryAdmin):
    """Changed on its page and by the actions, which call the verbs."""

    list_display = ("pattern_name", "status", "version", "deployed_at", "time_limit_s")
    list_filter = ("status", "deployed_at")
    list_select_related = ("pattern", "version")
    search_fields = ("pattern__name", "=pattern__id")
    readonly_fields = ("page", "reason")
    actions = ("pause_selected", "resume_selected", "undeploy_selected")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Deployment]:
        return super().get_queryset(request).defer("pattern__graph")

    @admin.display(description="page")
    def page(self, deployment: Deployment) -> SafeString:
        return format_html('<a href="{}">Open the deployment</a>', reverse("deployment", args=[deployment.pk]))

    @admin.display(description="pause reason")
    def reason(self, deployment: Deployment) -> SafeString:
        return long_text(deployment.pause_reason)

    @admin.action(description="Pause the selected deployments")
    def pause_selected(self, request: HttpRequest, chosen: QuerySet[Deployment]) -> None:
        user = cast(User, request.user)
        each(self, request, chosen, Role.OPERATOR, lambda one: pause(one, user, "Paused in the admin"), "paused")

    @admin.action(description="Resume the selected deployments")
    def resume_selected(self, request: HttpRequest, chosen: QuerySet[Deployment]) -> None:
        user = cast(User, request.user)
        each(self, request, chosen, Role.OPERATOR, lambda one: resume(one, user), "resumed")

    @admin.action(description="Undeploy the selected deployments")
    def undeploy_selected(self, request: HttpRequest, chosen: QuerySet[Deployment]) -> None:
        user = cast(User, request.user)
        each(self, request, chosen, Role.EDITOR, lambda one: undeploy(one.pattern, user), "undeployed")


@admin.register(Environment)
class EnvironmentAdmin(HistoryAdmin):
    """Changed on its page, which knows the rules for names and values."""

    list_display = ("name", "is_default", "created_at", "updated_at")
    list_filter = ("is_default",)
    search_fields = ("name", "=id")
    readonly_fields = ("about",)
    actions = ("delete_chosen",)

    @admin.action(description="Delete the selected environments, with their variables and secrets")
    def delete_chosen(self, request: HttpRequest, chosen: QuerySet[Environment]) -> None:
        user = cast(User, request.user)
        each(self, request, chosen, Role.ADMIN, lambda one: delete_environment(one, user), "deleted")

    @admin.display(description="description")
    def about(self, environment: Environment) -> SafeString:
        return long_text(environment.description)


@admin.register(EnvironmentVariable)
class EnvironmentVariableAdmin(HistoryAdmin):
    list_display = ("name", "environment")
    list_filter = ("environment",)
    list_select_related = ("environment",)
    search_fields = ("name", "environment__name", "=id")
    readonly_fields = ("text",)

    @admin.display(description="value")
    def text(self, variable: EnvironmentVariable) -> SafeString:
        return long_text(variable.value)


@admin.register(EnvironmentSecret)
class EnvironmentSecretAdmin(HistoryAdmin):
    """That there is one, and since when; not even its sealed form is shown."""

    list_display = ("name", "environment", "updated_at")
    list_filter = ("environment", "updated_at")
    list_select_related = ("environment",)
    search_fields = ("name", "environment__name", "=id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EnvironmentSecret]:
        return super().get_queryset(request).defer("sealed")


@admin.register(Connection)
class ConnectionAdmin(HistoryAdmin):
    """Changed on its page, which knows the rules; not even the sealed form of the credentials is shown."""

    list_display = ("name", "provider", "type", "sent_to", "state", "last_used_at", "updated_at")
    list_filter = ("type", "last_used_at")
    search_fields = ("name", "provider", "=id")
    readonly_fields = ("page", "state")
    actions = ("delete_chosen",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        return super().get_queryset(request).defer("sealed", "sealed_token")

    @admin.display(description="sent to")
    def sent_to(self, connection: Connection) -> str:
        return ", ".join(connection.hosts)[:200]

    @admin.display(description="status")
    def state(self, connection: Connection) -> str:
        return str(Connection.Status(connection.status).label)

    @admin.display(description="page")
    def page(self, connection: Connection) -> SafeString:
        return format_html('<a href="{}">Open the connection</a>', reverse("connection", args=[connection.pk]))

    @admin.action(description="Delete the selected connections")
    def delete_chosen(self, request: HttpRequest, chosen: QuerySet[Connection]) -> None:
        user = cast(User, request.user)
        each(self, request, chosen, Role.ADMIN, lambda one: delete_connection(one, user), "deleted")


@admin.register(CapturedRequest)
class CapturedRequestAdmin(HistoryAdmin):
    list_display = ("id", "pattern_name", "received_at")
    list_select_related = ("pattern",)
    search_fields = ("id",)
    search_keys = ("id", "pattern_id")
    readonly_fields = ("event_data",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CapturedRequest]:
        return super().get_queryset(request).defer("event", "pattern__graph")

    @admin.display(description="event")
    def event_data(self, captured: CapturedRequest) -> SafeString:
        return long_text(captured.event)


@admin.register(Tap)
class TapAdmin(HistoryAdmin):
    list_display = ("pattern_id", "armed_at", "armed_by")
    list_select_related = ("armed_by",)
    search_fields = ("pattern__name", "=pattern__id")


@admin.register(Notice)
class NoticeAdmin(HistoryAdmin):
    list_display = ("id", "subject", "deployment_id", "created_at", "tries", "sent_at", "problem")
    list_filter = ("created_at", "sent_at")
    search_fields = ("subject", "=deployment__pattern__id", "=id")


@admin.register(Schedule)
class ScheduleAdmin(HistoryAdmin):
    """Written by what deploys a version."""

    list_display = ("pattern_name", "cron", "time_zone", "overlap", "next_at")
    list_filter = ("overlap", "time_zone", "next_at")
    list_select_related = ("pattern",)
    search_fields = ("pattern__name", "=pattern__id", "cron")
    ordering = ("next_at", "pattern")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        return super().get_queryset(request).defer("pattern__graph")


@admin.register(Tick)
class TickAdmin(HistoryAdmin):
    list_display = ("pattern_name", "due_at", "outcome", "execution_id", "created_at")
    list_filter = (among_newest("outcome", Tick.Outcome.values),)
    list_select_related = ("pattern",)
    search_fields = ("id",)
    search_keys = ("id", "pattern_id")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tick]:
        return super().get_queryset(request).defer("pattern__graph")


class WebhookAdmin(HistoryAdmin):
    list_select_related = ("pattern",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("pattern__graph")


@admin.register(WebhookSecurity)
class WebhookSecurityAdmin(WebhookAdmin):
    list_display = ("pattern_name", "scheme", "updated_at")
    list_filter = ("scheme",)
    search_fields = ("pattern__name", "=pattern__id")


@admin.register(WebhookSecret)
class WebhookSecretAdmin(WebhookAdmin):
    """When a secret was made and ends; not even its sealed form is shown."""

    list_display = ("pattern_name", "created_at", "expires_at")
    list_filter = ("expires_at",)
    search_fields = ("pattern__name", "=pattern__id")


@admin.register(Delivery)
class DeliveryAdmin(WebhookAdmin):
    list_display = ("pattern_name", "execution_id", "created_at")
    search_fields = ("id",)
    search_keys = ("id", "pattern_id")
    ordering = ("-id",)


@admin.register(WebhookRequest)
class WebhookRequestAdmin(WebhookAdmin):
    list_display = ("pattern_name", "received_at", "method", "status", "code", "address", "size")
    search_fields = ("id",)
    search_keys = ("id", "pattern_id")
    ordering = ("-id",)
