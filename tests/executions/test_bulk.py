"""Cancel, retry, rerun and delete many executions at once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.utils import timezone

from dragops_site.accounts.models import AuditEntry
from dragops_site.errors import Conflict, Forbidden, Invalid
from executions.actions import bulk
from executions.bulk_filters import dumped, loaded, of_form
from executions.deletion import ENTRIES
from executions.history import Filters
from executions.matching import parse
from executions.models import BulkJob, Execution, LogEntry
from executions.status import Mode, Status
from tests.graphs import graph
from tests.threads import at_once

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def runs(started: Any) -> Any:
    """runs(count, **fields) -> ids of ended runs of one pattern, oldest first."""
    top = started()
    Execution.objects.filter(pk=top.pk).delete()

    def make(count: int = 1, **fields: Any) -> list[Any]:
        now = timezone.now()
        given = {name: getattr(top, name) for name in ("pattern", "snapshot", "mode", "trigger", "version_number")}
        given |= {"status": Status.FAILED, "started_at": now, "ended_at": now, "error_type": "Gone", **fields}
        return [made.pk for made in Execution.objects.bulk_create([Execution(**given) for _ in range(count)])]

    make.pattern_id = top.pattern_id  # type: ignore[attr-defined]
    return make


def work_off(job: BulkJob) -> BulkJob:
    BulkJob.objects.filter(pk=job.pk).update(begins_at=timezone.now())
    while bulk.work():
        pass
    return BulkJob.objects.get(pk=job.pk)


def counts(job: BulkJob) -> tuple[str, int, int, int]:
    return job.state, job.total, job.done, job.skipped


def with_status(status: str) -> int:
    return Execution.objects.filter(status=status).count()


# --- What is chosen ---------------------------------------------------------------------------------------------------


def test_few_that_are_named_are_retried_before_the_answer(runs: Any) -> None:
    ids = [*runs(3), *runs(1, status=Status.COMPLETED)]
    assert counts(bulk.begin("retry", ids=[*ids, *ids], user=None)) == ("done", 4, 3, 1)
    assert with_status(Status.QUEUED) == 3


def test_all_that_match_are_retried_portion_by_portion(runs: Any) -> None:
    runs(450)
    runs(5, error_type="Other")
    job = bulk.begin("retry", filters=Filters(error_type="Gone"), user=None)
    assert counts(job) == ("waiting", 450, 0, 0)
    assert counts(work_off(job)) == ("done", 450, 450, 0)
    assert (with_status(Status.QUEUED), with_status(Status.FAILED)) == (450, 5)


def test_runs_that_come_after_the_job_are_left_alone(runs: Any) -> None:
    runs(2)
    job = bulk.begin("retry", filters=Filters(), user=None)
    later = runs(1)
    assert counts(work_off(job)) == ("done", 2, 2, 0)
    assert Execution.objects.get(pk=later[0]).status == Status.FAILED


def test_canceled_runs_are_retried_only_where_they_are_named(runs: Any) -> None:
    runs(2, status=Status.CANCELED)
    assert work_off(bulk.begin("retry", filters=Filters(), user=None)).done == 0
    assert work_off(bulk.begin("retry", filters=Filters(statuses=(Status.CANCELED,)), user=None)).done == 2


def test_filters_that_find_nothing_make_a_job_that_does_nothing(runs: Any) -> None:
    runs(2)
    assert counts(work_off(bulk.begin("retry", filters=Filters(error_type="None"), user=None))) == ("done", 0, 0, 0)


@pytest.mark.parametrize(("verb", "status"), [("cancel", "failed"), ("retry", "completed"), ("delete", "running")])
def test_filters_for_what_the_verb_cannot_be_done_to_are_refused(runs: Any, verb: str, status: str) -> None:
    with pytest.raises(Invalid, match="Only what"):
        bulk.begin(verb, filters=Filters(statuses=(status,)), user=None)


@pytest.mark.parametrize(
    "given", [{"ids": []}, {"ids": [uuid4() for _ in range(1_001)]}, {}, {"ids": [], "filters": Filters()}]
)
def test_no_ids_too_many_and_both_are_refused(db: None, given: Any) -> None:
    with pytest.raises(Invalid):
        bulk.begin("retry", **given, user=None)


@pytest.mark.parametrize("verb", ["", "drop", "RETRY", "cancel; delete"])
def test_unknown_verb_is_refused(db: None, verb: str) -> None:
    with pytest.raises(Invalid, match="no such verb"):
        bulk.begin(verb, ids=[uuid4()], user=None)


def test_filters_are_the_same_after_they_were_kept() -> None:
    wanted = Filters(
        pattern_id=str(uuid4()), statuses=("failed",), since=NOW, until=NOW, q="x", version=3, min_ms=5,
        matches=(parse("event.a = 7"),), error_like="no <n>",
    )  # fmt: skip
    assert loaded(dumped(wanted)) == wanted
    assert loaded(dumped(Filters())) == Filters()


def test_kept_filters_that_are_not_known_are_refused() -> None:
    with pytest.raises(ValueError, match="are no filters"):
        loaded({"statuss": ["failed"]})


@pytest.mark.parametrize(
    "query",
    ["statuss=failed", "status=faild", "since=yesterday", "min=soon", "pattern=x", "version=new", "q=" + "a" * 201],
)
def test_misspelt_filter_of_a_page_is_refused_and_finds_nothing(query: str) -> None:
    with pytest.raises(Invalid, match="nothing was done"):
        of_form(QueryDict(query), frozenset())


def test_form_gives_the_filters_of_the_list() -> None:
    pattern = uuid4()
    found = of_form(QueryDict(f"pattern={pattern}&status=failed&q=event.a+%3D+7+gone&verb=retry"), frozenset({"verb"}))
    assert (found.pattern_id, found.statuses, found.q) == (pattern, ("failed",), "gone")
    assert found.matches == (parse("event.a = 7"),)


# --- Verbs ------------------------------------------------------------------------------------------------------------


def test_cancel_ends_what_is_queued_and_asks_what_runs(runs: Any) -> None:
    ids = runs(2, status=Status.QUEUED, ended_at=None, started_at=None)
    ids += runs(1, status=Status.RUNNING, ended_at=None) + runs(1)
    assert counts(bulk.begin("cancel", ids=ids, user=None)) == ("done", 4, 3, 1)
    assert with_status(Status.CANCELED) == 2
    assert Execution.objects.get(status=Status.RUNNING).cancel_requested


def test_what_a_job_has_canceled_is_brought_back(runs: Any) -> None:
    runs(60, status=Status.QUEUED, ended_at=None, started_at=None)
    runs(2, status=Status.CANCELED, ended_at=NOW - timedelta(hours=1))
    job = work_off(bulk.begin("cancel", filters=Filters(), user=None))
    assert counts(job) == ("done", 60, 60, 0)
    again = work_off(bulk.undo(job, None))
    assert (again.state, again.done, with_status(Status.QUEUED), with_status(Status.CANCELED)) == ("done", 60, 60, 2)


def test_other_jobs_cannot_be_brought_back(runs: Any) -> None:
    with pytest.raises(Conflict):
        bulk.undo(bulk.begin("retry", ids=runs(1), user=None), None)


def test_rerun_starts_each_once_under_what_is_live(deployed: Any, editor: Any, started: Any) -> None:
    pattern = deployed(graph("start: OnStart"))
    top = started(graph("start: OnStart"))
    fields = {"pattern_id": pattern.pk, "snapshot": top.snapshot, "version_number": 1, "mode": "live"}
    rows = [
        Execution(**fields, trigger="manual", event={}, status="failed", started_at=NOW, ended_at=NOW)
        for _ in range(60)
    ]
    Execution.objects.bulk_create(rows)
    job = work_off(bulk.begin("rerun", filters=Filters(pattern_id=pattern.pk), user=editor))
    assert counts(job) == ("done", 60, 60, 0)
    assert Execution.objects.filter(rerun_of__in=rows).values("rerun_of").distinct().count() == 60
    assert Execution.objects.filter(rerun_of__isnull=False).count() == 60


def test_deletion_waits_and_is_undone_by_stopping_it(runs: Any, editor: Any) -> None:
    ids = runs(3)
    job = bulk.begin("delete", ids=ids, user=editor)
    assert bulk.work() == 0
    bulk.stop(job, editor)
    assert counts(work_off(job)) == ("stopped", 3, 0, 0)
    assert Execution.objects.filter(pk__in=ids).count() == 3
    with pytest.raises(Conflict):
        bulk.stop(job, editor)


def test_deletion_takes_the_log_and_leaves_what_is_open_or_called_by_it(runs: Any) -> None:
    gone = runs(120)
    LogEntry.objects.create(execution_id=gone[0], seq=1, key="0", node_id="a", node_name="A", level="info", at=NOW)
    (caller,) = runs(1, status=Status.QUEUED, ended_at=None)
    runs(1, parent_id=caller, root_id=caller, parent_key="1")
    job = work_off(bulk.begin("delete", filters=Filters(pattern_id=runs.pattern_id, error_type="Gone"), user=None))
    assert (job.state, job.done, job.skipped) == ("done", 120, 2)
    assert LogEntry.objects.count() == 0
    assert Execution.objects.filter(error_type="Gone").count() == 2


def test_log_that_is_too_long_for_one_transaction_goes_in_several(runs: Any) -> None:
    (long,) = runs(1)
    rows = (
        LogEntry(execution_id=long, seq=seq, key=str(seq), node_id="a", node_name="A", level="info", at=NOW)
        for seq in range(ENTRIES + 10)
    )
    LogEntry.objects.bulk_create(rows, batch_size=500)
    job = work_off(bulk.begin("delete", ids=[long], user=None))
    assert (*counts(job), job.moved) == ("done", 1, 1, 0, 2)
    assert not LogEntry.objects.exists()


# --- Who --------------------------------------------------------------------------------------------------------------


def test_operator_may_not_delete(runs: Any, operator: Any) -> None:
    with pytest.raises(Forbidden):
        bulk.begin("delete", ids=runs(1), user=operator)


@pytest.mark.parametrize("verb", ["cancel", "retry", "rerun", "delete"])
def test_viewer_may_nothing(runs: Any, viewer: Any, verb: str) -> None:
    with pytest.raises(Forbidden):
        bulk.begin(verb, ids=runs(1), user=viewer)


def test_operator_skips_tests_of_drafts(runs: Any, operator: Any) -> None:
    assert counts(bulk.begin("retry", ids=runs(2, mode=Mode.TEST), user=operator)) == ("done", 2, 0, 2)


def test_job_stops_when_who_asked_for_it_may_not_any_more(runs: Any, editor: Any) -> None:
    runs(2)
    job = bulk.begin("delete", filters=Filters(error_type="Gone"), user=editor)
    editor.role = "viewer"
    editor.save()
    found = work_off(job)
    assert (found.state, found.done) == ("stopped", 0)
    assert "may not" in found.problem


def test_trail_tells_who_began_and_what_came_of_it(runs: Any, operator: Any) -> None:
    bulk.begin("retry", ids=runs(2), user=operator)
    told = AuditEntry.objects.order_by("pk").values_list("verb", "target_name")
    assert list(told) == [("began to retry", "2 executions"), ("retried", "2 executions")]


# --- Races ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_several_processes_do_each_portion_once(runs: Any) -> None:
    runs(1_000)
    job = bulk.begin("retry", filters=Filters(), user=None)

    def work() -> int:
        portions = 0
        while BulkJob.objects.filter(pk=job.pk, state__in=bulk.OPEN).exists():
            portions += bulk.work()
        return portions

    assert all(isinstance(each, int) for each in at_once(work, work, work))
    assert counts(BulkJob.objects.get(pk=job.pk)) == ("done", 1_000, 1_000, 0)
    assert Execution.objects.filter(status=Status.QUEUED, attempt=2).count() == 1_000


@pytest.mark.django_db(transaction=True)
def test_same_asked_for_twice_at_once_is_one_job(runs: Any, editor: Any) -> None:
    ids = runs(2)
    found = at_once(*[lambda: bulk.begin("delete", ids=ids, user=editor)] * 4)
    assert len({job.pk for job in found}) == 1


def test_what_fails_for_good_stops_its_job_alone(runs: Any) -> None:
    runs(2)
    bad = bulk.begin("retry", filters=Filters(), user=None)
    BulkJob.objects.filter(pk=bad.pk).update(filters={"unknown": 1})
    good = bulk.begin("delete", filters=Filters(error_type="Gone"), user=None)
    assert work_off(good).done == 2
    bad.refresh_from_db()
    assert (bad.state, "are no filters" in bad.problem) == ("stopped", True)
