"""The API of runs."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from dragops_site.accounts.roles import Role
from dragops_site.api import Answer, ApiRequest, ApiView, page_meta, read
from dragops_site.api_schema import NUMBER, TEXT, with_meta
from dragops_site.errors import Invalid, NotFound
from dragops_site.ids import parse_id
from executions import error_groups, history
from executions.actions.cancel import cancel
from executions.actions.delete import delete
from executions.actions.retry import retry
from executions.models import Execution, LogEntry
from executions.serializers import (
    ErrorGroupData,
    ErrorsQuery,
    LogEntryData,
    LogQuery,
    RetryRequest,
    RunData,
    RunRow,
    RunsFilter,
    RunsQuery,
    TreeNode,
    filters,
    run_data,
    run_rows,
    tree,
)
from patterns.api import find_pattern
from patterns.models import Pattern

TREE_RUNS = 1_000
LOG_BATCH = 100
LOG_BYTES = 4_000_000

RUNS_META = with_meta(
    *("page", "total", "totalPages"),
    page=NUMBER,
    limit=NUMBER,
    total={**NUMBER, "description": f"Counted no further than {history.COUNT_CAP}."},
    totalPages=NUMBER,
    nextCursor={"type": ["string", "null"]},
)
ERRORS_META = with_meta(lookedAt=NUMBER, isCapped={"type": "boolean"})
LOG_META = with_meta(
    after={**NUMBER, "description": "Where to go on."},
    more={"type": "boolean", "description": "Whether there is more at once."},
    status={**TEXT, "description": "Of the run; once it has ended and there is no more, the log is whole."},
)


def find_run(run_id: str) -> Execution:
    """The run of an address, which may hold anything. Raises NotFound (RUN_NOT_FOUND)."""
    key = parse_id(run_id)
    runs = Execution.objects.select_related("pattern").defer("pattern__graph")
    run = runs.filter(pk=key).first() if key else None
    if run is None:
        raise NotFound("There is no such run.", code="RUN_NOT_FOUND")
    return run


def runs_answer(request: Request, pattern_id: UUID | None = None) -> Answer:
    """A page of runs, by number or by cursor. Pages by number end where counting ends."""
    query = read(RunsQuery, request.query_params)
    wanted, limit = filters(query, pattern_id), query["limit"]
    if cursor := query.get("cursor"):
        page = history.page(wanted, cursor=cursor, limit=limit)
        return Answer(run_rows(page.rows), meta={"limit": limit, "nextCursor": page.next_cursor})
    start = (query["page"] - 1) * limit
    if start >= history.COUNT_CAP:
        told = f"Runs past the newest {history.COUNT_CAP} are reached by cursor."
        raise Invalid(told, details={"page": told})
    page = history.page(wanted, offset=start, limit=limit)
    meta = page_meta(query["page"], limit, history.count_up_to(wanted))
    return Answer(run_rows(page.rows), meta={**meta, "nextCursor": page.next_cursor})


class RunsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="Runs", parameters=[RunsQuery], responses=RunRow(many=True), extensions=RUNS_META)
    def get(self, request: Request) -> Answer:
        """Newest first. A page may be short of its limit, and even empty, while there is a next cursor."""
        return runs_answer(request)


class RunErrorsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="What went wrong, and where",
        parameters=[ErrorsQuery],
        responses=ErrorGroupData(many=True),
        extensions=ERRORS_META,
    )
    def get(self, request: Request) -> Answer:
        """Failed runs grouped by error, node and message, whose numbers, ids, addresses and quoted texts do not count;
        the largest groups first. Of the newest 2000 failures that the filter finds."""
        return _errors_answer(filters(read(ErrorsQuery, request.query_params)))


class DeploymentErrorsView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="What went wrong in a deployment, and where",
        parameters=[RunsFilter],
        responses=ErrorGroupData(many=True),
        extensions=ERRORS_META,
    )
    def get(self, request: Request, pattern_id: str) -> Answer:
        """As for all runs."""
        pattern = find_pattern(pattern_id, Pattern.objects.only("id"))
        return _errors_answer(filters(read(RunsFilter, request.query_params), pattern.pk))


def _errors_answer(wanted: history.Filters) -> Answer:
    found = error_groups.of(wanted)
    meta = {"lookedAt": found.looked_at, "isCapped": found.is_capped}
    return Answer(ErrorGroupData(found.groups, many=True).data, meta=meta)


class RunView(ApiView):
    roles = {"GET": Role.VIEWER, "DELETE": Role.EDITOR}

    @extend_schema(summary="A run", responses=RunData)
    def get(self, request: Request, run_id: str) -> Answer:
        return Answer(run_data(find_run(run_id)))

    @extend_schema(summary="Delete a run", responses={204: None})
    def delete(self, request: ApiRequest, run_id: str) -> Answer:
        """With its log. 409 CONFLICT while it, or a run of its call tree, is open."""
        delete(find_run(run_id).pk, request.user)
        return Answer(status=204, bare=True)


class RunLogView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(
        summary="The log of a run", parameters=[LogQuery], responses=LogEntryData(many=True), extensions=LOG_META
    )
    def get(self, request: Request, run_id: str) -> Answer:
        """Entries past `after`, fewer than `limit` where they are large."""
        query = read(LogQuery, request.query_params)
        run = find_run(run_id)  # before its entries: what has ended by now has no more than they
        entries, more = _entries(run, query["after"], query["limit"])
        after = entries[-1].seq if entries else query["after"]
        return Answer(LogEntryData(entries, many=True).data, meta={"after": after, "more": more, "status": run.status})


class RunTreeView(ApiView):
    roles = {"GET": Role.VIEWER}

    @extend_schema(summary="The call tree of a run", responses=TreeNode)
    def get(self, request: Request, run_id: str) -> Answer:
        """The same from any of its members. At most 1000 runs, the first ones."""
        run = find_run(run_id)
        top = run.root_id or run.pk
        runs = Execution.objects.filter(Q(pk=top) | Q(root_id=top)).select_related("pattern")
        columns = ("pattern__name", "parent_id", "status", "started_at", "ended_at")
        return Answer(tree(list(runs.only(*columns).order_by("id")[:TREE_RUNS]), top))


class CancelView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Cancel a run", request=None, responses={200: RunData, 202: RunData})
    def post(self, request: ApiRequest, run_id: str) -> Answer:
        """With all that it has called. 202 while its worker has yet to stop it; 409 CONFLICT when it has ended."""
        cancel(find_run(run_id).pk, request.user)
        run = find_run(run_id)
        return Answer(run_data(run), status=200 if run.is_ended else 202)


class RetryView(ApiView):
    roles = {"POST": Role.OPERATOR}

    @extend_schema(summary="Grant a further attempt to a run", request=RetryRequest, responses={202: RunData})
    def post(self, request: ApiRequest, run_id: str) -> Answer:
        """Under the version that it began with. 409 CONFLICT with the status unless it has ended otherwise than well,
        or while the run that has called it is open. A test of a draft needs the role editor."""
        anew = read(RetryRequest, request.data)["anew"]
        retry(find_run(run_id).pk, request.user, anew=anew)
        return Answer(run_data(find_run(run_id)), status=202)


def _entries(run: Execution, after: int, limit: int) -> tuple[list[LogEntry], bool]:
    """The next entries and whether more are there now. Stops early, for 1000 entries may be 100 MB of values."""
    found: list[LogEntry] = []
    size = 0
    while len(found) <= limit and size < LOG_BYTES:
        batch = _batch(run, found[-1].seq if found else after, min(LOG_BATCH, limit + 1 - len(found)))
        found += batch
        size += sum(len(entry.inputs) + len(entry.output) for entry in batch)
        if len(batch) < LOG_BATCH:
            return found[:limit], len(found) > limit
    return found[:limit], True


def _batch(run: Execution, after: int, size: int) -> list[Any]:
    return list(LogEntry.objects.filter(execution=run, seq__gt=after).defer("outcome", "key").order_by("seq")[:size])
