"""Forking runs: what happened before the step is read back, what follows is done anew under what is live now."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.actions import deploy, execute, fork, pause, undeploy
from deployments.models import Deployment
from dragops_site.errors import Conflict, Forbidden, Invalid, NotDeployed, NotFound, Paused
from executions.actions import retry, start_test_run
from executions.actions.answer_hook import answer_hook
from executions.models import Execution, Hook, LogEntry, Worker
from executions.recovery import recover
from executions.status import Status
from patterns.actions import create_pattern
from patterns.models import Pattern
from tests.executions.conftest import Hand
from tests.executions.test_batch import posts, row, server  # noqa: F401 (a fixture)
from tests.executions.test_waiting import listening
from tests.graphs import chain, graph, node
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(db: None) -> Hand:
    return Hand("forks")


@pytest.fixture
def ran(editor: Any, worker: Hand) -> Any:
    """ran(graph) -> a run of a deployed pattern, that has come to its end."""

    def run(drawn: Any, event: Any = None) -> Execution:
        pattern = create_pattern(editor, "Orders", graph=drawn)
        deploy(pattern, editor)
        found = execute(Deployment.objects.get(pk=pattern.pk), event, editor)
        worker.work()
        return row(found)

    return run


def redeployed(run: Execution, drawn: Any, editor: Any) -> None:
    Pattern.objects.filter(pk=run.pattern_id).update(graph=drawn)
    deploy(Pattern.objects.get(pk=run.pattern_id), editor)


def seq_of(run: Execution, name: str, nth: int = 0) -> int:
    entries = LogEntry.objects.filter(execution=run, node_name=name).exclude(key__contains="~")
    return entries.order_by("seq")[nth].seq


def told(run: Execution) -> list[str]:
    return [entry.node_name for entry in LogEntry.objects.filter(execution=run).order_by("seq")]


def three(server: Any, *more: Any) -> Any:  # noqa: F811
    return chain("start: OnStart", posts(server, "a"), posts(server, "b"), posts(server, "c"), *more)


def forked(run: Execution, name: str, user: Any, worker: Hand, nth: int = 0) -> Execution:
    new = fork(run, seq_of(run, name, nth), user)
    worker.work()
    return row(new)


# --- What is done anew ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "anew"), [("a", [1, 2, 3]), ("b", [2, 3]), ("c", [3])])
def test_effects_before_the_step_are_not_repeated_and_those_after_are(ran, server, worker, operator, name, anew):  # noqa: F811
    old = ran(three(server))
    assert server.keys == [f"{old.pk}-{step}" for step in (1, 2, 3)]
    new = forked(old, name, operator, worker)
    assert (new.status, new.result["body"]) == (Status.COMPLETED, old.result["body"])  # its headers tell the second
    assert server.keys[3:] == [f"{new.pk}-{step}" for step in anew]
    assert told(new) == told(old)
    assert (new.rerun_of_id, new.started_by_id, new.trigger, new.attempt) == (old.pk, operator.pk, "manual", 1)


def test_version_that_is_live_now_goes_on_with_what_was_recorded(ran, server, worker, editor):  # noqa: F811
    old = ran(three(server))
    say = node("say", "Log", message="new")
    redeployed(old, chain("start: OnStart", posts(server, "a"), posts(server, "b"), say), editor)
    new = forked(old, "c", editor, worker)
    assert (new.status, new.version_number, told(new)) == (Status.COMPLETED, 2, ["start", "a", "b", "say"])
    assert len(server.keys) == 3


def test_failed_run_goes_on_under_a_version_in_which_the_step_is_mended(ran, server, worker, editor):  # noqa: F811
    boom = node("boom", "ThrowError", message="no")
    old = ran(chain("start: OnStart", posts(server, "a"), boom))
    assert old.status == Status.FAILED
    redeployed(old, chain("start: OnStart", posts(server, "a"), node("boom", "ThrowError", message="again")), editor)
    assert forked(old, "boom", editor, worker).error_message == "again"
    redeployed(old, chain("start: OnStart", posts(server, "a"), posts(server, "boom")), editor)
    assert forked(old, "boom", editor, worker).status == Status.COMPLETED
    assert len(server.keys) == 2


def test_fork_of_a_fork_reads_back_what_both_have_done(ran, server, worker, editor):  # noqa: F811
    first = ran(three(server))
    second = forked(first, "b", editor, worker)
    third = forked(second, "c", editor, worker)
    assert server.keys[5:] == [f"{third.pk}-3"]
    assert (third.status, third.rerun_of_id) == (Status.COMPLETED, second.pk)


def test_fork_within_a_loop_goes_on_in_that_pass(ran, server, worker, editor):  # noqa: F811
    loop = node("loop", "ForEach", collection=[1, 2, 3])
    wires = "start > loop, loop.body > a, a > b"
    old = ran(graph("start: OnStart", loop, posts(server, "a"), posts(server, "b"), wires))
    assert len(server.keys) == 6, told(old)
    new = forked(old, "b", editor, worker, nth=1)
    assert new.status == Status.COMPLETED
    assert server.keys[6:] == [f"{new.pk}-1.1.1", f"{new.pk}-1.2.0", f"{new.pk}-1.2.1"]


def test_fork_within_a_branch_repeats_no_branch_that_was_over(ran, server, worker, editor):  # noqa: F811
    fork_node = node("p", "Parallel", {"outputs": 2})
    wires = "start > p, p.branch0 > a, p.branch1 > wait, wait > b, p.completed > c"
    wait = node("wait", "Delay", seconds=0.3)
    old = ran(graph("start: OnStart", fork_node, wait, *(posts(server, name) for name in "abc"), wires))
    assert (old.status, len(server.keys)) == (Status.COMPLETED, 3), old.error
    new = forked(old, "b", editor, worker)
    assert (new.status, server.keys[3:]) == (Status.COMPLETED, [f"{new.pk}-1.0-1.1", f"{new.pk}-1.1.0"])


def test_step_that_was_done_again_is_forked_where_it_counts(ran, server, worker, editor):  # noqa: F811
    old = ran(chain("start: OnStart", posts(server, "a"), node("boom", "ThrowError", message="no")))
    failed = seq_of(old, "boom")
    retry(old.pk, editor, anew=True)
    with pytest.raises(Invalid, match="later attempt"):
        fork(old, failed, editor)
    with pytest.raises(Invalid, match="does not count"):
        fork(old, seq_of(old, "a"), editor)
    worker.work()
    assert forked(old, "boom", editor, worker, nth=1).error_message == "no"
    assert len(server.keys) == 2


def test_step_in_which_time_ran_out_is_done_anew(ran, server, worker, editor):  # noqa: F811
    old = ran(three(server))
    LogEntry.objects.filter(execution=old, seq=4).update(key="3~halt", error_type="Timeout", is_void=True)
    new = fork(old, 4, editor)
    worker.work()
    assert (row(new).status, server.keys[3:]) == (Status.COMPLETED, [f"{new.pk}-3"])


def test_request_that_was_waited_for_is_not_waited_for_again(ran, worker, editor):
    old = ran(listening())
    hook = Hook.objects.get()
    answer_hook(hook.token, {"method": "POST", "query": {"a": 1}, "headers": {}, "body": None})
    worker.work()
    assert row(old).status == Status.COMPLETED
    new = forked(old, "received", editor, worker)
    assert (new.status, told(new)) == (Status.COMPLETED, told(old))
    messages = LogEntry.objects.filter(node_name="received").values_list("message", flat=True)
    assert len(set(messages)) == 1
    waits = forked(old, "hook", editor, worker)
    assert (waits.status, Hook.objects.filter(execution=waits, closed_at=None).count()) == (Status.QUEUED, 1)


def test_another_worker_goes_on_with_a_fork_whose_worker_was_lost(ran, server, worker, editor):  # noqa: F811
    old = ran(three(server))
    new = fork(old, seq_of(old, "c"), editor)
    batch = worker.take()
    assert batch.waiting  # claimed, and never run
    recover(Worker.objects.filter(pk=worker.worker_id), True)
    Hand("second").work()
    assert row(new).status == Status.COMPLETED
    assert server.keys[3:] == [f"{new.pk}-3"]


def test_first_step_takes_another_event(ran, server, worker, editor):  # noqa: F811
    old = ran(three(server))
    assert fork(old, seq_of(old, "start"), editor, {"n": 2}).event == {"n": 2}
    with pytest.raises(Invalid, match="first step alone"):
        fork(old, seq_of(old, "b"), editor, {"n": 2})


def test_test_of_a_draft_is_forked_by_editors_onto_the_draft(server, worker, editor, operator):  # noqa: F811
    pattern = create_pattern(editor, "Orders", graph=three(server))
    old = start_test_run(pattern, {}, editor)
    worker.work()
    with pytest.raises(Forbidden):
        fork(old, seq_of(old, "c"), operator)
    new = forked(old, "c", editor, worker)
    assert (new.mode, new.version_number, new.status, len(server.keys)) == ("test", None, Status.COMPLETED, 4)


# --- What is refused ------------------------------------------------------------------------------------------------


def test_node_that_has_run_and_is_gone_or_another_is_refused_by_name(ran, server, editor):  # noqa: F811
    old = ran(three(server))
    redeployed(old, chain("start: OnStart", posts(server, "b"), posts(server, "c")), editor)
    with pytest.raises(Conflict, match=r"“a” .HTTPRequest. ran before this one, and is not there in version 2"):
        fork(old, seq_of(old, "c"), editor)
    redeployed(
        old, chain("start: OnStart", node("a", "Log", message="x"), posts(server, "b"), posts(server, "c")), editor
    )
    with pytest.raises(Conflict, match="is a Log node"):
        fork(old, seq_of(old, "c"), editor)
    assert Execution.objects.count() == 1


@pytest.mark.parametrize("kind", ["HTTPRequest", "Log"])
def test_node_that_stands_elsewhere_now_fails_the_run_before_any_effect(ran, server, worker, editor, kind):  # noqa: F811
    first = posts(server, "a") if kind == "HTTPRequest" else node("a", "Log", message="x")
    old = ran(chain("start: OnStart", first, posts(server, "b")))
    did = len(server.keys)
    redeployed(old, chain("start: OnStart", posts(server, "x"), first, posts(server, "b")), editor)
    new = forked(old, "b", editor, worker)
    assert (new.status, new.error_type) == (Status.FAILED, "JournalMismatch")
    assert "“a”" in new.error_message and "“x”" in new.error_message
    assert len(server.keys) == did


def test_entries_that_are_none_are_refused(ran, server, editor):  # noqa: F811
    old = ran(three(server))
    with pytest.raises(NotFound):
        fork(old, 999, editor)
    LogEntry.objects.filter(execution=old, seq=2).update(key="")
    with pytest.raises(Invalid, match="no step"):
        fork(old, 2, editor)


def test_deployment_that_takes_no_runs_takes_no_forks(ran, server, editor):  # noqa: F811
    old = ran(three(server))
    live = Deployment.objects.get(pk=old.pattern_id)
    pause(live, editor, "")
    with pytest.raises(Paused):
        fork(old, seq_of(old, "c"), editor)
    undeploy(live.pattern, editor)
    with pytest.raises(NotDeployed):
        fork(old, seq_of(old, "c"), editor)
    assert Execution.objects.count() == 1


# --- Cost, and the entrances ----------------------------------------------------------------------------------------


def test_long_log_is_copied_in_one_statement(ran, server, editor):  # noqa: F811
    old = ran(three(server))
    LogEntry.objects.filter(execution=old, seq=4).update(seq=20_000)
    rows = (
        LogEntry(execution=old, seq=seq, key=f"9.{seq}.0", node_id="b", node_name="b", level="info", at=timezone.now())
        for seq in range(10, 10_010)
    )
    LogEntry.objects.bulk_create(rows, batch_size=500)
    with CaptureQueriesContext(connection) as captured:
        new = fork(old, 20_000, editor)
    assert sum("executions_logentry" in query["sql"] and "INSERT" in query["sql"] for query in captured) == 1
    assert len(captured) < 30
    assert LogEntry.objects.filter(execution=new).count() == 10_003


def test_api_forks_and_refuses_what_it_does_not_understand(ran, server, api_as, operator, viewer):  # noqa: F811
    old = ran(three(server))
    client, path = api_as(operator), f"/api/runs/{old.pk}/fork"
    answer = client.post(path, {"seq": seq_of(old, "b")}, format="json")
    assert (answer.status_code, answer.json()["data"]["rerunOf"]) == (202, str(old.pk))
    for body in ({}, {"seq": 0}, {"seq": "2"}, {"seq": 2**40}, {"seq": 2, "node": "b"}, {"seq": True}):
        assert client.post(path, body, format="json").status_code == 422, body
    assert client.post(path, {"seq": 999}, format="json").status_code == 404
    assert client.post(f"/api/runs/{uuid4()}/fork", {"seq": 1}, format="json").status_code == 404
    assert api_as(viewer).post(path, {"seq": 2}, format="json").status_code == 403


@pytest.mark.parametrize("verb", ["fork", "again"])
def test_form_that_is_sent_twice_starts_one_run(ran, server, operator, verb):  # noqa: F811
    old = ran(three(server))
    browser = Client()
    browser.force_login(operator)
    form = {"seq": str(seq_of(old, "b")), "token": "t1"}
    places = {browser.post(f"/executions/{old.pk}/{verb}", form)["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Execution.objects.count() == 2
    browser.post(f"/executions/{old.pk}/{verb}", {**form, "token": "t2"})
    assert Execution.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_form_that_is_sent_twice_at_once_starts_one_run(ran, server, operator):  # noqa: F811
    old = ran(three(server))
    form = {"seq": str(seq_of(old, "b")), "token": "t1"}

    def send() -> str:
        browser = Client()
        browser.force_login(operator)
        return str(browser.post(f"/executions/{old.pk}/fork", form).get("Location"))

    assert len(set(at_once(send, send, send))) == 1
    assert Execution.objects.count() == 2


@pytest.mark.parametrize("seq", ["", "x", "-1", "9" * 30])
def test_page_refuses_a_step_that_is_none(ran, server, operator, seq):  # noqa: F811
    old = ran(three(server))
    browser = Client()
    browser.force_login(operator)
    assert browser.post(f"/executions/{old.pk}/fork", {"seq": seq})["Location"] == f"/executions/{old.pk}"
    assert Execution.objects.count() == 1


def test_entry_offers_its_fork_to_operators_with_a_token_of_its_own(ran, server, operator, viewer):  # noqa: F811
    old = ran(three(server))
    browser = Client()
    browser.force_login(operator)
    pages = [browser.get(f"/executions/{old.pk}/log/{seq_of(old, 'b')}").text for _ in range(2)]
    assert all(f'action="/executions/{old.pk}/fork"' in page for page in pages)
    assert len({re.search(r'name="token" value="([^"]+)"', page)[1] for page in pages}) == 2
    browser.force_login(viewer)
    assert "/fork" not in browser.get(f"/executions/{old.pk}/log/1").text
