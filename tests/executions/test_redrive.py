"""Further attempts for many executions."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from dragops_site.errors import Forbidden, Invalid
from executions import history
from executions.actions import redrive, redrive_found
from executions.actions.redrive import Redriven
from executions.history import Filters
from executions.models import Execution
from executions.status import Mode, Status
from tests.executions.test_batch import row
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(started):
    """dead(count, **fields) -> ids of dead letters of one pattern, oldest first."""
    top = started()
    Execution.objects.filter(pk=top.pk).update(status=Status.CANCELED, ended_at=timezone.now())

    def make(count: int = 1, **fields):
        now = timezone.now()
        given = {name: getattr(top, name) for name in ("pattern", "snapshot", "mode", "trigger", "version_number")}
        given |= {"status": Status.DEAD_LETTER, "started_at": now, "ended_at": now, "error_type": "Gone", **fields}
        return [made.pk for made in Execution.objects.bulk_create([Execution(**given) for _ in range(count)])]

    make.pattern_id = top.pattern_id
    return make


def queued():
    return Execution.objects.filter(status=Status.QUEUED).count()


# --- By id ------------------------------------------------------------------------------------------------------------


def test_named_executions_are_retried_once_and_the_others_skipped(dead):
    ids = dead(3)
    (done,) = dead(1, status=Status.COMPLETED)
    assert redrive([*ids, *ids, done, uuid4()], None) == Redriven(retried=3, skipped=2)
    assert [row(Execution(pk=pk)).attempt for pk in ids] == [2, 2, 2]


def test_too_many_named_executions_are_refused(dead):
    with pytest.raises(Invalid, match="limit is 1,000"):
        redrive([uuid4() for _ in range(1_001)], None)


def test_callee_whose_caller_is_open_is_skipped(dead, started):
    ids = dead(1, parent=started(), parent_key="1")
    assert redrive(ids, None) == Redriven(retried=0, skipped=1)


def test_tests_of_drafts_are_skipped_for_whoever_may_not_test(dead, operator, editor):
    ids = dead(1, mode=Mode.TEST)
    assert redrive(ids, operator) == Redriven(retried=0, skipped=1)
    assert redrive(ids, editor) == Redriven(retried=1, skipped=0)


# --- By filter --------------------------------------------------------------------------------------------------------


def test_filter_without_statuses_finds_dead_letters_alone(dead):
    dead(2)
    dead(1, status=Status.FAILED)
    assert redrive_found(Filters(), None) == Redriven(retried=2, skipped=0)
    assert redrive_found(Filters(statuses=(Status.FAILED, Status.TIMEOUT)), None) == Redriven(retried=1, skipped=0)


@pytest.mark.parametrize(
    "fields", [{"error_type": "Other"}, {"q": "no such text"}, {"trigger": "webhook"}, {"pattern_id": uuid4()}]
)
def test_filter_leaves_out_what_it_does_not_find(dead, fields):
    dead(2)
    assert redrive_found(Filters(**fields), None).retried == 0
    assert redrive_found(Filters(error_type="Gone", pattern_id=dead.pattern_id), None).retried == 2


def test_filter_by_time_leaves_out_what_was_accepted_before(dead):
    dead(1)
    assert redrive_found(Filters(since=timezone.now() + timedelta(minutes=1)), None).retried == 0


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.RUNNING, Status.QUEUED])
def test_filter_for_what_cannot_be_retried_is_refused(dead, status):
    with pytest.raises(Invalid, match="ended otherwise than well"):
        redrive_found(Filters(statuses=(Status.DEAD_LETTER, status)), None)


def test_filter_for_tests_of_drafts_is_refused_to_whoever_may_not_test(dead, operator):
    with pytest.raises(Forbidden):
        redrive_found(Filters(mode=Mode.TEST), operator)


def test_answer_says_how_many_remain_and_where_to_go_on(dead):
    ids = dead(25)
    first = redrive_found(Filters(pattern_id=dead.pattern_id), None, limit=10)
    assert (first.retried, first.remaining, first.next_cursor) == (10, 15, str(ids[15]))
    second = redrive_found(Filters(pattern_id=dead.pattern_id), None, limit=10, cursor=first.next_cursor)
    assert (second.retried, second.remaining) == (10, 5)
    last = redrive_found(Filters(pattern_id=dead.pattern_id), None, limit=10, cursor=second.next_cursor)
    assert last == Redriven(retried=5, skipped=0)
    assert queued() == 25


def test_run_that_fails_again_meanwhile_is_not_taken_twice(dead):
    dead(20)
    taken, cursor = 0, None
    for _ in range(10):
        done = redrive_found(Filters(), None, limit=5, cursor=cursor)
        taken, cursor = taken + done.retried, done.next_cursor
        for run in Execution.objects.filter(status=Status.QUEUED):  # a worker runs them, and they fail
            Execution.objects.filter(pk=run.pk).update(status=Status.RUNNING, started_at=timezone.now())
            Execution.objects.filter(pk=run.pk).update(status=Status.DEAD_LETTER, ended_at=timezone.now())
        if not cursor:
            break
    assert (taken, cursor) == (20, None)
    assert set(Execution.objects.filter(status=Status.DEAD_LETTER).values_list("attempt", flat=True)) == {2}


def test_search_that_runs_out_of_time_says_where_to_go_on(dead, monkeypatch):
    ids = dead(3)
    monkeypatch.setattr(history, "SEARCH_S", -1.0)
    monkeypatch.setattr(history, "WINDOW", 1)
    cursors, cursor = [], None
    for _ in range(3):
        cursor = redrive_found(Filters(q="nothing"), None, cursor=cursor).next_cursor
        cursors.append(cursor)
    assert cursors == [str(pk) for pk in reversed(ids)]


# --- At the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_who_redrive_the_same_take_each_once(dead):
    dead(500)
    outcomes = at_once(*[lambda: redrive_found(Filters(), None)] * 3)
    assert sum(outcome.retried for outcome in outcomes) == 500
    assert set(Execution.objects.filter(status=Status.QUEUED).values_list("attempt", flat=True)) == {2}


@pytest.mark.django_db(transaction=True)
def test_two_who_name_the_same_in_another_order_take_each_once(dead):
    ids = dead(500)
    outcomes = at_once(lambda: redrive(ids, None), lambda: redrive(ids[::-1], None))
    assert sum(outcome.retried for outcome in outcomes) == 500
