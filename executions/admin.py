from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.adminbase import HistoryAdmin, among_newest, each, long_text
from dragops_site.errors import Refused
from executions.actions import cancel, retry
from executions.actions.bulk import begin, stop
from executions.actions.redrive import MOST, redrive
from executions.logview import LEVELS
from executions.masking import masked_json, masked_value
from executions.models import BulkJob, Execution, Hook, LogEntry, State, TalliedHour, Tally, Worker
from executions.status import Mode, Trigger


@admin.register(Execution)
class ExecutionAdmin(HistoryAdmin):
    list_display = (
        "id",
        "pattern_name",
        "status",
        "trigger",
        "mode",
        "version_number",
        "created_at",
        "ended_at",
        "attempt",
    )
    list_filter = ("status", among_newest("trigger", Trigger), among_newest("mode", Mode))
    list_select_related = ("pattern",)
    search_fields = ("id",)
    search_keys = ("id", "pattern_id")
    search_help_text = "Id of an execution or a pattern, or a pattern’s name"
    ordering = ("-id",)
    readonly_fields = ("page", "event_data", "result_data", "error_text")
    actions = ("cancel_selected", "retry_selected", "redrive_selected", "delete_selected_runs")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Execution]:
        return super().get_queryset(request).defer("event", "result", "pattern__graph")

    @admin.display(description="page")
    def page(self, run: Execution) -> SafeString:
        return format_html('<a href="{}">Open the execution</a>', reverse("execution", args=[run.pk]))

    @admin.display(description="event")
    def event_data(self, run: Execution) -> SafeString:
        return long_text(masked_value(run.event))

    @admin.display(description="result")
    def result_data(self, run: Execution) -> SafeString:
        return long_text(masked_value(run.result))

    @admin.display(description="error message")
    def error_text(self, run: Execution) -> SafeString:
        return long_text(run.error_message)

    @admin.action(description="Cancel the selected executions")
    def cancel_selected(self, request: HttpRequest, runs: QuerySet[Execution]) -> None:
        user = cast(User, request.user)
        each(self, request, runs, Role.OPERATOR, lambda run: cancel(run.pk, user), "canceled")

    @admin.action(description="Retry the selected executions")
    def retry_selected(self, request: HttpRequest, runs: QuerySet[Execution]) -> None:
        user = cast(User, request.user)
        each(self, request, runs, Role.OPERATOR, lambda run: retry(run.pk, user), "retried")

    @admin.action(description="Redrive the selected executions, skipping those that cannot be")
    def redrive_selected(self, request: HttpRequest, runs: QuerySet[Execution]) -> None:
        user = cast(User, request.user)
        if not user.may(Role.OPERATOR):
            self.message_user(request, "This needs the role Operator.", messages.ERROR)
            return
        done = redrive(list(runs.values_list("pk", flat=True)[:MOST]), user)
        self.message_user(request, f"{done.retried:,} redriven, {done.skipped:,} skipped.", messages.SUCCESS)

    @admin.action(description="Delete the selected executions and their logs, in a moment")
    def delete_selected_runs(self, request: HttpRequest, runs: QuerySet[Execution]) -> None:
        """By a job, which can be stopped among the bulk jobs before it begins."""
        try:
            job = begin("delete", ids=list(runs.values_list("pk", flat=True)[:MOST]), user=cast(User, request.user))
        except Refused as refused:
            self.message_user(request, refused.message, messages.ERROR)
        else:
            self.message_user(request, f"{job.total:,} will be deleted; until then the job can be stopped.")


@admin.register(LogEntry)
class LogEntryAdmin(HistoryAdmin):
    list_display = ("id", "execution_id", "seq", "node_name", "level", "error_type", "at", "duration_us")
    list_filter = (among_newest("level", LEVELS),)
    search_fields = ("execution_id",)
    search_keys = ("execution_id",)
    search_help_text = "Id of an execution"
    ordering = ("-id",)
    readonly_fields = ("run", "message_text", "input_data", "output_data")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        return super().get_queryset(request).defer("inputs", "output", "outcome", "message")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return [name for name in super().get_fields(request, obj) if name != "execution"]

    @admin.display(description="execution")
    def run(self, entry: LogEntry) -> SafeString:
        address = reverse("execution", args=[entry.execution_id])
        return format_html('<a href="{}">{}</a>', address, entry.execution_id)

    @admin.display(description="message")
    def message_text(self, entry: LogEntry) -> SafeString:
        return long_text(entry.message)

    @admin.display(description="inputs")
    def input_data(self, entry: LogEntry) -> SafeString:
        return long_text(entry.inputs)

    @admin.display(description="output")
    def output_data(self, entry: LogEntry) -> SafeString:
        return long_text(entry.output)


@admin.register(BulkJob)
class BulkJobAdmin(HistoryAdmin):
    list_display = ("id", "verb", "state", "user", "done", "skipped", "total", "created_at", "ended_at", "problem")
    list_filter = ("verb", "state", "created_at")
    list_select_related = ("user",)
    search_fields = ("=id", "user__email", "problem")
    ordering = ("-id",)
    readonly_fields = ("chosen",)
    actions = ("stop_selected",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkJob]:
        return super().get_queryset(request).defer("ids", "filters")

    @admin.display(description="which executions")
    def chosen(self, job: BulkJob) -> SafeString:
        return long_text(job.filters if job.ids is None else job.ids)

    @admin.action(description="Stop the selected jobs")
    def stop_selected(self, request: HttpRequest, jobs: QuerySet[BulkJob]) -> None:
        user = cast(User, request.user)
        each(self, request, jobs, Role.OPERATOR, lambda job: stop(job, user), "stopped")


@admin.register(Worker)
class WorkerAdmin(HistoryAdmin):
    list_display = ("name", "pid", "started_at", "seen_at")
    list_filter = ("seen_at",)
    search_fields = ("name", "=id")
    ordering = ("-seen_at",)


@admin.register(Hook)
class HookAdmin(HistoryAdmin):
    """Where runs wait for a request. Whoever knows the token may answer, so it is shown once it is worth nothing."""

    list_display = ("execution_id", "created_at", "closed_at")
    list_filter = ("closed_at",)
    search_fields = ("=execution__id",)
    readonly_fields = ("event_data",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hook]:
        return super().get_queryset(request).filter(closed_at__isnull=False)

    @admin.display(description="event")
    def event_data(self, hook: Hook) -> SafeString:
        return long_text(masked_value(hook.event))


@admin.register(State)
class StateAdmin(HistoryAdmin):
    """What patterns keep. A value may be deleted, so that the next run begins anew; runs alone write one."""

    list_display = ("key", "pattern", "mode", "updated_at", "expires_at")
    list_filter = ("mode",)
    list_select_related = ("pattern",)
    search_fields = ("key", "=pattern__id", "pattern__name")
    ordering = ("-updated_at",)
    readonly_fields = ("value_text",)

    @admin.display(description="value")
    def value_text(self, state: State) -> SafeString:
        return long_text(masked_json(state.value))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request, obj)


@admin.register(Tally)
class TallyAdmin(HistoryAdmin):
    list_display = ("hour", "pattern_name", "mode", "trigger", "status", "runs")
    list_filter = ("hour",)
    list_select_related = ("pattern",)
    search_fields = ("id",)
    search_keys = ("pattern_id",)
    search_help_text = "Id or name of a pattern"
    ordering = ("-hour", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tally]:
        return super().get_queryset(request).defer("pattern__graph")


@admin.register(TalliedHour)
class TalliedHourAdmin(HistoryAdmin):
    list_display = ("hour", "is_final", "at")
    search_fields = ("hour",)
    list_filter = ("is_final",)
    ordering = ("-hour",)
